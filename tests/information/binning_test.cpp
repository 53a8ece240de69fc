#include "vib/information/binning.h"

#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "vib/core/error.h"
#include "vib/information/parse_estimator.h"

namespace vib {
namespace {

constexpr double kRounding = 1e-12;

InformationEstimate estimate_by(const char* estimator, const torch::Tensor& layer, const torch::Tensor& labels,
                                const torch::Tensor& inputs = {}) {
  return parse_estimator(estimator)->estimate(layer, labels, inputs);
}

// Of the rows of numbers in a map: what binning should count.
double entropy_of_rows(const torch::Tensor& rows) {
  std::map<std::vector<double>, double> counts;
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    const auto row = rows[i].to(torch::kFloat64).contiguous();
    ++counts[std::vector<double>(row.const_data_ptr<double>(), row.const_data_ptr<double>() + row.numel())];
  }
  double bits = 0;
  const auto n = static_cast<double>(rows.size(0));
  for (const auto& [row, count] : counts) bits -= count / n * std::log2(count / n);
  return bits;
}

struct Layer {
  torch::Tensor activations;
  torch::Tensor labels;
};

Layer tanh_layer(std::int64_t n, std::int64_t units, std::uint64_t seed = 1) {
  torch::manual_seed(seed);
  const auto activations = (3 * torch::randn({n, units})).tanh();
  return {activations, activations.select(1, 0).gt(0).to(torch::kInt64) + torch::randint(0, 2, {n}, torch::kInt64)};
}

void expect_same(const InformationEstimate& a, const InformationEstimate& b) {
  EXPECT_EQ(a.itx_bits, b.itx_bits);
  EXPECT_EQ(a.ity_bits, b.ity_bits);
  EXPECT_EQ(a.entropy_bits, b.entropy_bits);
  EXPECT_EQ(a.distinct, b.distinct);
}

TEST(Binning, TwoUnitsKnowTheirExclusiveOrAndOneDoesNot) {
  const auto layer = torch::tensor({{-1, -1}, {-1, 1}, {1, -1}, {1, 1}}), labels = torch::tensor({0, 1, 1, 0});
  for (const char* name : {"bins", "bins:2:-1:1", "adaptive:2", "idnns:30"}) {
    const auto both = estimate_by(name, layer, labels), one = estimate_by(name, layer.slice(1, 0, 1), labels);
    EXPECT_EQ(both.itx_bits, 2) << name;
    EXPECT_EQ(both.ity_bits, 1) << name;
    EXPECT_EQ(both.distinct, 4) << name;
    EXPECT_TRUE(both.saturated.value()) << name;
    EXPECT_EQ(one.itx_bits, 1) << name;
    EXPECT_EQ(one.ity_bits, 0) << name;
    EXPECT_FALSE(one.saturated.value()) << name;
  }
}

TEST(Binning, CellsOfOneWidthAreThoseOfFloor) {
  const auto [layer, labels] = tanh_layer(2000, 3);
  const auto cells = ((layer.to(torch::kFloat64) + 1) / 2 * 30).floor().clamp_max(29);
  EXPECT_NEAR(estimate_by("bins", layer, labels).itx_bits, entropy_of_rows(cells), kRounding);
  const auto narrow = (layer.to(torch::kFloat64) / 0.25 * 3.5 + 3.5).floor().clamp(0, 6);
  EXPECT_NEAR(estimate_by("bins:7:-0.25:0.25", layer, labels).itx_bits, entropy_of_rows(narrow), kRounding);
}

TEST(Binning, TheRangeIsChosenFromTheValuesUnlessItIsGiven) {
  const auto labels = torch::zeros({3}, torch::kInt64);
  const auto bounded = estimate_by("bins", torch::tensor({-0.5, 0.0, 1.0}), labels).cells.value();
  EXPECT_EQ(bounded.range, CellRange::bounded);
  EXPECT_EQ(bounded.bins, 30);
  EXPECT_EQ(bounded.low, -1);
  EXPECT_EQ(bounded.high, 1);
  const auto observed = estimate_by("bins", torch::tensor({-0.5, 0.0, 1.5}), labels).cells.value();
  EXPECT_EQ(observed.range, CellRange::observed);
  EXPECT_EQ(observed.bins, 100);
  EXPECT_EQ(observed.low, -0.5);
  EXPECT_EQ(observed.high, 1.5);
  EXPECT_EQ(estimate_by("bins:8", torch::tensor({-0.5, 0.0, 1.5}), labels).cells->bins, 8);
  EXPECT_EQ(estimate_by("bins:8:observed", torch::tensor({0.25, 0.5, 0.75}), labels).cells->low, 0.25);
  const auto given = estimate_by("bins:8:0:4", torch::tensor({-0.5, 0.0, 1.5}), labels).cells.value();
  EXPECT_EQ(given.range, CellRange::given);
  EXPECT_EQ(given.high, 4);
}

TEST(Binning, ValuesBeyondTheRangeBelongToTheOutermostCells) {
  const auto layer = torch::tensor({-7.0, -1.0, -0.6, 0.9, 1.0, 5.0}), labels = torch::arange(6);
  EXPECT_EQ(estimate_by("bins:4:-1:1", layer, labels).distinct, 2);
}

// Values on edges, at both ends and in the middle: mirrored, they must share cells with whom they did.
TEST(Binning, TheMirrorImageOfALayerHasTheMirrorImageOfItsCells) {
  const auto ends = torch::tensor({-1.0, -0.75, -0.5, -0.3, -0.0, 0.0, 0.2, 0.25, 0.5, 0.6, 0.75, 1.0, 0.1, -0.1});
  const auto labels = torch::arange(14) % 3;
  for (const char* name : {"bins:2:-1:1", "bins:4:-1:1", "bins:8:-1:1", "bins:3:-1.5:1.5", "bins:5:-1:1", "bins:30",
                           "adaptive:2", "adaptive:3", "adaptive:4", "adaptive:30"}) {
    SCOPED_TRACE(name);
    expect_same(estimate_by(name, ends, labels), estimate_by(name, -ends, labels));
  }
  const auto relu = torch::tensor({0.0, 0.0, 3.0, 1.5, 0.75, 2.25, 0.1});
  for (const char* name : {"bins:4", "bins:5", "bins:100"}) {
    SCOPED_TRACE(name);
    expect_same(estimate_by(name, relu, torch::arange(7) % 2), estimate_by(name, -relu, torch::arange(7) % 2));
  }
  // One unit of several, where the range is symmetric.
  auto [layer, classes] = tanh_layer(500, 4);
  const auto mirrored = layer * torch::tensor({1, -1, 1, -1});
  expect_same(estimate_by("bins:30:-1:1", layer, classes), estimate_by("bins:30:-1:1", mirrored, classes));
}

TEST(Binning, AnEdgeBelongsToTheCellFartherFromTheMiddle) {
  const auto labels = torch::arange(2);
  const auto together = [&](double a, double b) {
    return estimate_by("bins:4:-1:1", torch::tensor({a, b}), labels).distinct == 1;
  };
  EXPECT_TRUE(together(0.5, 0.75));
  EXPECT_FALSE(together(0.5, 0.25));
  EXPECT_TRUE(together(-0.5, -0.75));
  EXPECT_FALSE(together(-0.5, -0.25));
  EXPECT_TRUE(together(0.75, 1));
  EXPECT_FALSE(together(0, 0.01));
  EXPECT_FALSE(together(0, -0.01));
}

TEST(Binning, TheOrderOfUnitsAndExamplesChangesNothing) {
  const auto [layer, labels] = tanh_layer(1000, 12);
  const auto inputs = torch::arange(1000).floor_divide(2);
  const auto order = torch::randperm(1000), units = torch::randperm(12);
  for (const char* name : {"bins", "bins:1000:-1:1", "adaptive", "idnns", "bins:30:miller-madow"}) {
    SCOPED_TRACE(name);
    const auto before = estimate_by(name, layer, labels, inputs);
    expect_same(before, estimate_by(name, layer.index_select(1, units), labels, inputs));
    expect_same(before, estimate_by(name, layer.index_select(0, order), labels.index_select(0, order),
                                    inputs.index_select(0, order)));
  }
}

// Another way to write the same cells: a monotone map that keeps the ranks.
TEST(Binning, AMonotoneMapChangesNoCellsOfOneMass) {
  const auto [layer, labels] = tanh_layer(800, 3);
  expect_same(estimate_by("adaptive:10", layer, labels),
              estimate_by("adaptive:10", layer.to(torch::kFloat64).exp(), labels));
}

TEST(Binning, CellsOfOneMassHoldTheSame) {
  torch::manual_seed(3);
  const auto layer = torch::randn({1200}).exp(), labels = torch::zeros({1200}, torch::kInt64);
  const auto estimate = estimate_by("adaptive:12", layer, labels);
  EXPECT_EQ(estimate.distinct, 12);
  EXPECT_NEAR(estimate.itx_bits, std::log2(12), 1e-4);
  EXPECT_EQ(estimate_by("adaptive:12", torch::ones({50}), torch::arange(50)).distinct, 1)
      << "equal values are together";
}

TEST(Binning, IdnnsHasTheCellsOfDigitize) {
  // numpy 1.26: numpy.digitize(v, numpy.linspace(-1, 1, 30)) -> 0, 1, 1, 15, 29, 30, 30
  const auto layer = torch::tensor({-1.01, -1.0, -0.95, 0.0, 0.999, 1.0, 2.0}), labels = torch::arange(7);
  EXPECT_EQ(estimate_by("idnns:30", layer, labels).distinct, 5);
  EXPECT_EQ(estimate_by("idnns:30", layer.slice(0, 1, 3), labels.slice(0, 1, 3)).distinct, 1);
  EXPECT_EQ(estimate_by("idnns:30", layer.slice(0, 4, 7), labels.slice(0, 4, 7)).distinct, 2);
}

TEST(Binning, ManyColumnsAreComparedAndNotOnlyHashed) {
  const auto [layer, labels] = tanh_layer(300, 500);
  const auto twice = torch::cat({layer, layer});
  const auto estimate = estimate_by("bins:1000:-1:1", twice, torch::cat({labels, labels}));
  EXPECT_EQ(estimate.distinct, 300);
  EXPECT_NEAR(estimate.itx_bits, std::log2(300), kRounding);
}

TEST(Binning, WhatIsLeftOfALayerOnceItsInputIsKnownIsCounted) {
  const auto [layer, labels] = tanh_layer(600, 2);
  const auto inputs = torch::arange(600) % 150;
  const auto cells = ((layer.to(torch::kFloat64) + 1) * 15).floor().clamp_max(29);
  const auto joint = torch::cat({cells, inputs.unsqueeze(1).to(torch::kFloat64)}, 1);
  const double given = entropy_of_rows(joint) - entropy_of_rows(inputs.unsqueeze(1));
  const auto noisy = estimate_by("bins", layer, labels, inputs);
  EXPECT_GT(given, 0.5);
  EXPECT_NEAR(noisy.itx_bits, entropy_of_rows(cells) - given, kRounding);
  // A function of the inputs leaves nothing, however often one comes.
  const auto function = layer.index_select(0, inputs);
  const auto exact = estimate_by("bins", function, labels, inputs);
  EXPECT_EQ(exact.itx_bits, exact.entropy_bits.value());
}

TEST(Binning, LabelsAreNames) {
  const auto [layer, labels] = tanh_layer(400, 2);
  const auto before = estimate_by("bins", layer, labels);
  expect_same(before, estimate_by("bins", layer, 1000000007 * labels - 5));
  expect_same(before, estimate_by("bins", layer, labels.to(torch::kFloat32)));
  expect_same(before, estimate_by("bins", layer.view({400, 1, 2}), labels));
}

// A binary symmetric channel beside a uniform cell that says nothing: I(T;Y) = 1 - h(¼). Of K cells, counting adds
// (K - 1)(2 - 1) / (2 N ln 2) bits on average, which Miller and Madow take away where no cell stays empty.
TEST(Binning, MillerMadowTakesTheBiasAway) {
  torch::manual_seed(5);
  constexpr int kTrials = 2000, kCells = 16;
  constexpr std::int64_t kExamples = 400;
  const double truth = 1 + 0.25 * std::log2(0.25) + 0.75 * std::log2(0.75);
  double plug_in = 0, corrected = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto labels = torch::randint(0, 2, {kExamples}, torch::kInt64);
    const auto flipped = torch::rand({kExamples}).lt(0.25).to(torch::kInt64);
    const auto cell =
        labels.bitwise_xor(flipped) * (kCells / 2) + torch::randint(0, kCells / 2, {kExamples}, torch::kInt64);
    plug_in += estimate_by("bins:16:-0.5:15.5", cell, labels).ity_bits / kTrials;
    corrected += estimate_by("bins:16:-0.5:15.5:miller-madow", cell, labels).ity_bits / kTrials;
  }
  const double bias = (kCells - 1) / (2.0 * kExamples * std::numbers::ln2);
  EXPECT_NEAR(plug_in - truth, bias, 0.004);
  EXPECT_NEAR(corrected, truth, 0.004);
  EXPECT_GT(bias, 0.02);
}

TEST(Binning, LayersOfOneShapeAreEstimatedTogether) {
  const auto labels = torch::randint(0, 3, {256}, torch::kInt64), inputs = torch::arange(256).floor_divide(4);
  auto layers = (2 * torch::randn({5, 256, 4})).tanh();
  layers[3] = 4 * layers[3];
  layers[4][17][2] = std::numeric_limits<float>::quiet_NaN();
  for (const char* name : {"bins", "bins:2000:-1:1", "adaptive", "idnns"}) {
    SCOPED_TRACE(name);
    const auto estimator = parse_estimator(name);
    const auto together = estimator->estimate_each(layers, labels, inputs);
    ASSERT_EQ(together.size(), 5U);
    for (int i = 0; i < 4; ++i) expect_same(together[i], estimator->estimate(layers[i], labels, inputs));
    EXPECT_TRUE(std::isnan(together[4].itx_bits));
    EXPECT_TRUE(std::isnan(together[4].ity_bits));
    EXPECT_EQ(together[4].n, 256);
  }
}

TEST(Binning, EveryTypeOfNumbersWillDo) {
  const auto layer = torch::tensor({0, 1, 2, 3, 2, 1}), labels = torch::tensor({true, false, true, false, true, false});
  const auto before = estimate_by("bins", layer.to(torch::kFloat32), labels);
  for (const auto type : {torch::kInt64, torch::kUInt8, torch::kFloat16, torch::kBFloat16, torch::kFloat64})
    expect_same(before, estimate_by("bins", layer.to(type), labels));
}

TEST(Binning, AValueThatIsNotFiniteIsNamed) {
  for (const double value : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    for (const char* name : {"bins", "bins:30:-1:1", "adaptive", "idnns", "kernel"}) {
      auto layer = torch::zeros({5, 3});
      layer[4][1] = value;
      try {
        estimate_by(name, layer, torch::zeros({5}));
        FAIL() << name;
      } catch (const DataError& e) {
        EXPECT_NE(std::string(e.what()).find("row 4, column 1"), std::string::npos) << e.what();
      }
    }
  }
}

TEST(Binning, WrongTensorsAreRefused) {
  const auto layer = torch::zeros({4, 2});
  for (const char* name : {"bins", "kernel"}) {
    EXPECT_THROW(estimate_by(name, layer, torch::zeros({3})), c10::Error) << name;
    EXPECT_THROW(estimate_by(name, layer, torch::zeros({4, 2})), c10::Error) << name;
    EXPECT_THROW(estimate_by(name, layer, torch::full({4}, 0.5)), c10::Error) << name;
    EXPECT_THROW(estimate_by(name, layer, torch::zeros({4}), torch::zeros({3})), c10::Error) << name;
    EXPECT_THROW(estimate_by(name, torch::zeros({0, 2}), torch::zeros({0})), c10::Error) << name;
    EXPECT_THROW(estimate_by(name, torch::tensor(1.0), torch::zeros({1})), c10::Error) << name;
  }
}

TEST(Binning, ExtremesOfDoubleHaveCells) {
  const double most = std::numeric_limits<double>::max(), least = std::numeric_limits<double>::denorm_min();
  const auto labels = torch::arange(3);
  for (const char* name : {"bins:4", "bins:5", "adaptive:3"}) {
    EXPECT_EQ(estimate_by(name, torch::tensor({-most, 0.0, most}, torch::kFloat64), labels).distinct, 3) << name;
    EXPECT_EQ(estimate_by(name, torch::full({3}, most, torch::kFloat64), labels).distinct, 1) << name;
  }
  EXPECT_EQ(estimate_by("bins:4:observed", torch::tensor({0.0, least, least}, torch::kFloat64), labels).distinct, 2);
}

}  // namespace
}  // namespace vib
