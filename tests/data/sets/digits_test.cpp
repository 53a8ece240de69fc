#include "vib/data/sets/digits.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <vector>

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "vib/core/error.h"
#include "vib/data/sets/digit_image.h"
#include "vib/data/sets/digit_strokes.h"

namespace vib {
namespace {

constexpr std::int64_t kPixels = kDigitSide * kDigitSide;

bool same(const Dataset& a, const Dataset& b) {
  for (const auto& [name, values] : a.factors) {
    if (!values.equal(b.factors.at(name))) return false;
  }
  return a.inputs.equal(b.inputs) && a.targets.equal(b.targets);
}

std::string_view image_bytes(const Dataset& data, std::int64_t i) {
  return {reinterpret_cast<const char*>(data.inputs.const_data_ptr<std::uint8_t>()) + i * kPixels, kPixels};
}

/// Pearson's χ² of `values` against a uniform distribution on 0, ..., `bound` - 1.
double chi_square(const torch::Tensor& values, std::int64_t bound) {
  const auto counts = torch::bincount(values, {}, bound).to(torch::kFloat64);
  const double expected = static_cast<double>(values.numel()) / static_cast<double>(bound);
  return ((counts - expected).square() / expected).sum().item<double>();
}

TEST(Digits, AreImagesLabelsAndFactors) {
  const Dataset data = make_digits(20, 0, 0);
  EXPECT_EQ(data.inputs.sizes(), torch::IntArrayRef({20, 1, 28, 28}));
  EXPECT_EQ(data.inputs.scalar_type(), torch::kUInt8);
  EXPECT_EQ(data.targets.sizes(), torch::IntArrayRef({20}));
  EXPECT_EQ(data.targets.scalar_type(), torch::kInt64);
  EXPECT_EQ(data.classes, 10);
  for (const auto& [name, values] : data.factors) {
    EXPECT_EQ(values.sizes(), torch::IntArrayRef({20})) << name;
    EXPECT_EQ(values.scalar_type(), name == "style" ? torch::kInt64 : torch::kFloat32) << name;
    EXPECT_TRUE(values.is_contiguous()) << name;
  }
}

TEST(Digits, AreTheSameForTheSameSeedAndOthersForAnother) {
  const Dataset data = make_digits(200, 7, 1);
  EXPECT_TRUE(same(data, make_digits(200, 7, 1)));
  EXPECT_FALSE(same(data, make_digits(200, 8, 1)));
  EXPECT_FALSE(same(data, make_digits(200, 7, 0)));
}

TEST(Digits, DoNotDependOnTheNumberOfThreads) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Dataset one = make_digits(1001, 3, 0);
  at::set_num_threads(2);
  const Dataset two = make_digits(1001, 3, 0);
  at::set_num_threads(threads);
  EXPECT_TRUE(same(one, two));
}

TEST(Digits, AFewAreTheBeginningOfMany) {
  EXPECT_TRUE(same(make_digits(50, 0, 0), make_digits(300, 0, 0).slice(0, 50)));
}

// When this number has to change, every result on `digits` has to be measured again.
TEST(Digits, StayTheSameFromVersionToVersion) {
  const Dataset data = make_digits(100, 0, 0);
  std::uint64_t hash = 0xCBF29CE484222325u;  // 64-bit FNV-1a
  for (std::int64_t i = 0; i < data.size(); ++i) {
    for (const char byte : image_bytes(data, i)) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001B3u;
    hash = (hash ^ data.targets[i].item<std::uint8_t>()) * 0x100000001B3u;
  }
  EXPECT_EQ(hash, 11957112195887041936u);
}

TEST(Digits, ClassesAndStylesAreUniformAndInNoOrder) {
  const Dataset data = make_digits(20000, 0, 0);
  const auto style = data.factors.at("style");
  EXPECT_LT(chi_square(data.targets, 10), 27.9);              // 9 degrees of freedom, p = 0.001
  EXPECT_LT(chi_square(3 * data.targets + style, 30), 58.3);  // 29
  const auto pairs = 10 * data.targets.slice(0, 0, -1) + data.targets.slice(0, 1);
  EXPECT_LT(chi_square(pairs, 100), 148.2);  // 99
}

TEST(Digits, FactorsFillTheirRangesIndependently) {
  const std::vector<std::tuple<std::string, double, double>> ranges{
      {"bend", -4, 4},      {"taper", -0.4, 0.4},    {"waist", -3, 3},   {"arch", -2.5, 2.5}, {"scale_x", 0.65, 1.1},
      {"shear", -0.3, 0.3}, {"scale_y", 0.75, 1.05}, {"shift_x", -2, 2}, {"shift_y", -2, 2},  {"thickness", 1, 3.5},
      {"blur", 0.3, 0.8},   {"rotation", -0.3, 0.3}, {"noise", 0, 0.1}};
  const Dataset data = make_digits(10000, 0, 1);
  EXPECT_EQ(data.factors.size(), ranges.size() + 1);
  std::vector<torch::Tensor> columns{data.targets.to(torch::kFloat64), data.factors.at("style").to(torch::kFloat64)};
  for (const auto& [name, low, high] : ranges) {
    columns.push_back(((data.factors.at(name) - low) / (high - low)).to(torch::kFloat64));
    const auto unit = columns.back();
    EXPECT_GE(unit.min().item<double>(), -1e-6) << name;
    EXPECT_LE(unit.max().item<double>(), 1 + 1e-6) << name;
    EXPECT_LT(chi_square((unit * 20).floor().clamp(0, 19).to(torch::kInt64), 20), 43.8) << name;  // 19, p = 0.001
  }
  const auto correlations = torch::corrcoef(torch::stack(columns)) - torch::eye(15, torch::kFloat64);
  EXPECT_LT(correlations.abs().max().item<double>(), 0.04);  // four standard errors
}

TEST(Digits, AreDrawnAsTheirFactorsSay) {
  const Dataset data = make_digits(500, 5, 0);
  std::vector<torch::Tensor> inner;  // the noise where neither black nor white cuts it off, in standard deviations
  for (std::int64_t i = 0; i < data.size(); ++i) {
    const auto factor = [&](const char* name) { return data.factors.at(name)[i].item<double>(); };
    DigitImage clean =
        draw_digit(data.targets[i].item<std::int64_t>(), {.style = data.factors.at("style")[i].item<std::int64_t>(),
                                                          .bend = factor("bend"),
                                                          .taper = factor("taper"),
                                                          .waist = factor("waist"),
                                                          .arch = factor("arch"),
                                                          .scale_x = factor("scale_x"),
                                                          .scale_y = factor("scale_y"),
                                                          .shear = factor("shear"),
                                                          .rotation = factor("rotation"),
                                                          .shift_x = factor("shift_x"),
                                                          .shift_y = factor("shift_y"),
                                                          .thickness = factor("thickness"),
                                                          .blur = factor("blur")});
    const auto grey = torch::from_blob(clean.data(), {1, kDigitSide, kDigitSide}, torch::kFloat64);
    const auto noise = data.inputs[i].to(torch::kFloat64) / 255 - grey;
    const double deviation = factor("noise");
    ASSERT_LE(noise.abs().max().item<double>(), 2 * std::sqrt(3.0) * deviation + 0.501 / 255) << "image " << i;
    if (deviation > 0.02) inner.push_back((noise / deviation).masked_select((grey - 0.5).abs() < 0.15));
  }
  const auto standard = torch::cat(inner);
  const double error = 1 / std::sqrt(static_cast<double>(standard.numel()));
  EXPECT_NEAR(standard.mean().item<double>(), 0, 4 * error);
  EXPECT_NEAR(standard.var().item<double>(), 1, 4 * std::sqrt(1.7) * error);  // kurtosis 2.7
}

TEST(Digits, MoveWithTheirShiftAndGrowWithTheirThickness) {
  const Dataset data = make_digits(4000, 2, 0);
  const auto grey = data.inputs.squeeze(1).to(torch::kFloat64);
  const auto ink = grey.sum({1, 2});
  const auto place = torch::arange(kDigitSide, torch::kFloat64);
  const auto correlation = [&](const torch::Tensor& a, const char* factor) {
    return torch::corrcoef(torch::stack({a, data.factors.at(factor).to(torch::kFloat64)}))[0][1].item<double>();
  };
  EXPECT_GT(correlation((grey.sum(1) * place).sum(1) / ink, "shift_x"), 0.5);
  EXPECT_GT(correlation((grey.sum(2) * place).sum(1) / ink, "shift_y"), 0.5);
  EXPECT_GT(correlation(ink, "thickness"), 0.5);
}

TEST(Digits, NoTestImageIsATrainingImage) {
  const DataSplits splits = make_digits({.train = 5000, .test = 2000, .validation = 500});
  std::unordered_set<std::string_view> seen;
  for (const Dataset* data : {&splits.train, &splits.validation, &splits.test}) {
    for (std::int64_t i = 0; i < data->size(); ++i) seen.insert(image_bytes(*data, i));
  }
  EXPECT_EQ(seen.size(), 7000u);
}

TEST(Digits, SplitsFollowTheOptions) {
  const DataSplits splits = make_digits({.train = 300, .test = 100, .validation = 50, .seed = 4, .low = 0, .high = 2});
  EXPECT_EQ(splits.train.size(), 250);
  EXPECT_EQ(splits.validation.size(), 50);
  EXPECT_EQ(splits.test.size(), 100);
  EXPECT_EQ(splits.train.name, "digits/train");
  EXPECT_EQ(splits.test.name, "digits/test");
  EXPECT_TRUE(same(splits.test, make_digits(100, 4, 1)));
  for (const Dataset* data : {&splits.train, &splits.validation, &splits.test}) {
    EXPECT_EQ(data->low, 0);
    EXPECT_EQ(data->high, 2);
  }
}

TEST(Digits, AnEmptySplitIsRefused) {
  EXPECT_THROW(make_digits(0, 0, 0), ConfigError);
  EXPECT_THROW(make_digits({.train = -1}), ConfigError);
  EXPECT_THROW(make_digits({.train = 10, .test = 0, .validation = 0}), ConfigError);
}

TEST(Digits, AreNoTaskForALinearClassifier) {
  const auto with_constant = [](const Dataset& data) {
    return torch::constant_pad_nd(data.inputs.view({-1, kPixels}).to(torch::kFloat64) / 255, {0, 1}, 1);
  };
  const Dataset train = make_digits(10000, 0, 0);
  const Dataset test = make_digits(2000, 0, 1);
  const auto x = with_constant(train);
  const auto ridge = 10 * torch::eye(kPixels + 1, torch::kFloat64);
  const auto weights =
      at::linalg_solve(x.t().mm(x) + ridge, x.t().mm(torch::one_hot(train.targets, 10).to(torch::kFloat64)));
  const auto guesses = with_constant(test).mm(weights).argmax(1);
  const double accuracy = guesses.eq(test.targets).to(torch::kFloat64).mean().item<double>();
  EXPECT_LT(accuracy, 0.95);
  EXPECT_GT(accuracy, 0.5);  // the labels belong to the images
}

}  // namespace
}  // namespace vib
