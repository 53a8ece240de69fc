#include "vib/report/embedding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

namespace vib {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

/// A classifier of inputs `[N, 2]` with μ = x, and log σ² = (0, log 4): σ = (1, 2). Its dropout would show in training.
VibModel identity(bool deterministic = false, std::int64_t latent = 2, Covariance covariance = Covariance::kDiagonal) {
  torch::nn::Sequential backbone(torch::nn::Linear(2, 2), torch::nn::Dropout(0.9));
  VibModelOptions options(2, latent, 3);
  options.bottleneck().deterministic(deterministic).covariance(covariance);
  VibModel model(backbone, options);
  const torch::NoGradGuard no_gradients;
  for (auto& item : model->named_parameters()) {
    item.value().zero_();
    if (item.key() == "backbone.0.weight") item.value().copy_(torch::eye(2));
    if (item.key() == "bottleneck.linear.weight") item.value().slice(0, 0, 2).copy_(torch::eye(2));
    if (item.key() == "bottleneck.linear.bias" && !deterministic && latent == 2) item.value()[3] = std::log(4.0);
  }
  return model;
}

Dataset three_points() {
  Dataset data;
  data.inputs = torch::tensor({{1.0F, 2.0F}, {-3.0F, 0.5F}, {4.0F, -1.0F}});
  data.targets = torch::tensor({2, 0, 1}, torch::kInt64);
  data.classes = 3;
  return data;
}

std::vector<EmbeddedExample> examples_of_two_classes(int count) {
  std::vector<EmbeddedExample> examples;
  for (int i = 0; i < count; ++i) examples.push_back({1.0 * (i % 2), {1.0 * i, -2.0 * i}, {0.5, 0.25}});
  return examples;
}

TEST(Embedding, IsThePosteriorOfTheFirstExamples) {
  const auto examples = embed(identity(), three_points(), 2);
  ASSERT_THAT(examples, SizeIs(2));
  EXPECT_EQ(examples[0].target, 2);
  EXPECT_THAT(examples[0].mean, ElementsAre(1, 2));
  EXPECT_EQ(examples[1].target, 0);
  EXPECT_THAT(examples[1].mean, ElementsAre(-3, 0.5));
  EXPECT_NEAR(examples[1].stddev[0], 1, 1e-6);
  EXPECT_NEAR(examples[1].stddev[1], 2, 1e-6);
  EXPECT_THAT(embed(identity(), three_points(), 10), SizeIs(3)) << "no more than there are";
}

TEST(Embedding, LeavesEveryModuleInItsMode) {
  auto model = identity();
  model->eval();
  model->bottleneck->train();  // as somebody may have it who freezes the rest
  embed(model, three_points(), 3);
  EXPECT_FALSE(model->is_training());
  EXPECT_TRUE(model->bottleneck->is_training());
  model->train();
  embed(model, three_points(), 3);
  EXPECT_TRUE(model->is_training());
}

TEST(Embedding, OfValuesTakesTheFirst) {
  Dataset data = three_points();
  data.classes = 0;
  data.targets = torch::tensor({{1.5F, 7.0F}, {-2.25F, 8.0F}, {0.5F, 9.0F}});
  const auto examples = embed(identity(), data, 2);
  EXPECT_EQ(examples.at(0).target, 1.5);
  EXPECT_EQ(examples.at(1).target, -2.25);
  EXPECT_THAT(embedding_csv(examples, TargetKind::values), testing::StartsWith("example,target,mu_1"));
}

TEST(Embedding, ADeterministicModelHasNoSpread) {
  const auto examples = embed(identity(true), three_points(), 3);
  EXPECT_THAT(examples.at(2).mean, ElementsAre(4, -1));
  EXPECT_TRUE(std::isnan(examples[2].stddev[0]));
}

TEST(Embedding, RefusesAnyOtherLatent) { EXPECT_THROW(embed(identity(false, 3), three_points(), 3), c10::Error); }

TEST(Embedding, ThePointsAreTheMeansByClass) {
  const Plot plot = embedding_plot({{1, {1, 2}, {1, 1}}, {0, {3, 4}, {1, 1}}, {1, {5, 6}, {1, 1}}});
  EXPECT_TRUE(plot.equal_scale);
  EXPECT_EQ(plot.title, "Embedding of the first 3 test examples");
  EXPECT_EQ(plot.series.at(1).name, "0");
  EXPECT_THAT(plot.series[1].x, ElementsAre(3));
  EXPECT_EQ(plot.series.at(2).name, "1");
  EXPECT_THAT(plot.series[2].x, ElementsAre(1, 5));
  EXPECT_THAT(plot.series[2].y, ElementsAre(2, 6));
  EXPECT_EQ(plot.series[2].color, 1u);
}

TEST(Embedding, TheEllipsesHold95PercentOfThePosterior) {
  const Plot plot = embedding_plot({{0, {10, 20}, {2, 0.5}}});
  const Series& ellipse = plot.series.back();
  EXPECT_EQ(ellipse.mark, Mark::kOutline);
  EXPECT_EQ(ellipse.color, 0u) << "of its class";
  ASSERT_GT(ellipse.x.size(), 20u);
  EXPECT_TRUE(std::isnan(ellipse.x.back())) << "a gap before the next";
  for (std::size_t i = 0; i + 1 < ellipse.x.size(); ++i) {
    // The squared distance in standard deviations is χ² of two degrees of freedom: 95 % lie within 5.991.
    EXPECT_NEAR(std::pow((ellipse.x[i] - 10) / 2, 2) + std::pow((ellipse.y[i] - 20) / 0.5, 2), 5.991, 1e-3);
  }
}

TEST(Embedding, OfAFullCovarianceHasItsCorrelation) {
  auto model = identity(false, 2, Covariance::kFull);
  EXPECT_EQ(embed(model, three_points(), 1).at(0).correlation, 0);
  const torch::NoGradGuard no_gradients;
  model->bottleneck->linear->bias[4] = std::sqrt(2.0) * 0.75;  // L = ((1, 0), (2 · 0.75, 2)), σ_2 = 2.5
  const auto q = embed(model, three_points(), 1).at(0);
  EXPECT_NEAR(q.stddev[0], 1, 1e-6);
  EXPECT_NEAR(q.stddev[1], 2.5, 1e-6);
  EXPECT_NEAR(q.correlation, 0.6, 1e-6);
}

// Σ = ((13, 12), (12, 13)) / 4 has the eigenvalues 25/4 along (1, 1) and 1/4 along (1, -1).
TEST(Embedding, TheEllipseOfAFullCovarianceLiesAlongItsEigenvectors) {
  const double s = std::sqrt(13.0) / 2;
  const Plot plot = embedding_plot({{0, {10, 20}, {s, s}, 12.0 / 13}});
  const Series& ellipse = plot.series.back();
  double along = 0, across = 0;
  for (std::size_t i = 0; i + 1 < ellipse.x.size(); ++i) {
    const double u = (ellipse.x[i] - 10 + ellipse.y[i] - 20) / std::sqrt(2),
                 v = (ellipse.x[i] - 10 - ellipse.y[i] + 20) / std::sqrt(2);
    EXPECT_NEAR(std::pow(u / 2.5, 2) + std::pow(v / 0.5, 2), 5.991, 1e-3);
    along = std::max(along, u);
    across = std::max(across, v);
  }
  EXPECT_NEAR(along, 2.5 * 2.4477, 0.1) << "the corners reach both ends";
  EXPECT_NEAR(across, 0.5 * 2.4477, 0.02);
}

TEST(Embedding, ThePriorIsTheClosedCircleOfTheSameContent) {
  const Plot plot = embedding_plot({{0, {10, 20}, {2, 0.5}}});
  const Series& prior = plot.series.front();
  EXPECT_EQ(prior.name, "N(0, I), 95 %");
  EXPECT_EQ(prior.mark, Mark::kDashed);
  EXPECT_EQ(prior.color, kNeutral);
  for (std::size_t i = 0; i < prior.x.size(); ++i) EXPECT_NEAR(std::hypot(prior.x[i], prior.y[i]), 2.4477, 1e-4);
  EXPECT_EQ(prior.x.front(), prior.x.back());
  EXPECT_EQ(prior.y.front(), prior.y.back());
}

TEST(Embedding, AFewEllipsesOfEachClassAreDrawnAndAllPoints) {
  const Plot plot = embedding_plot(examples_of_two_classes(1000));
  ASSERT_THAT(plot.series, SizeIs(6));  // prior, two classes of points, an entry of the legend, two of ellipses
  EXPECT_THAT(plot.series[1].x, SizeIs(500));
  for (const int i : {4, 5}) {
    const auto& x = plot.series[static_cast<std::size_t>(i)].x;
    EXPECT_EQ(std::count_if(x.begin(), x.end(), [](double value) { return std::isnan(value); }), 10);
  }
  EXPECT_EQ(plot.series[3].name, "q(z|x) of 10 a colour, 95 %");
  EXPECT_THAT(plot.series[3].x, IsEmpty());
}

/// Series of points by name, and how many each has.
std::vector<std::pair<std::string, std::size_t>> points_in(const Plot& plot) {
  std::vector<std::pair<std::string, std::size_t>> points;
  for (const Series& series : plot.series)
    if (series.mark == Mark::kPoints) points.emplace_back(series.name, series.x.size());
  return points;
}

TEST(Embedding, OfManyClassesTheMostFrequentHaveAColour) {
  std::vector<EmbeddedExample> examples;
  for (int i = 0; i < 500; ++i) {
    examples.push_back({1000.0 * i, {1, 2}, {1, 1}});  // ids, each once
    examples.push_back({3.0 + i % 9, {1, 2}, {1, 1}});
  }
  const auto plot = embedding_plot(examples);
  const auto points = points_in(plot);
  ASSERT_THAT(points, SizeIs(11));
  EXPECT_EQ(points[0].first, "0") << "the smallest of those that occur once";
  EXPECT_EQ(points[1], std::pair(std::string("3"), std::size_t{56}));
  EXPECT_EQ(points[9].first, "11");
  EXPECT_EQ(points[10], std::pair(std::string("other classes"), std::size_t{499}));
  EXPECT_EQ(plot.series.at(11).color, kNeutral);
}

TEST(Embedding, ValuesAreInFifths) {
  std::vector<EmbeddedExample> examples;
  for (int i = 99; i >= 0; --i) examples.push_back({1000.0 * i, {1, 2}, {1, 1}});
  EXPECT_THAT(points_in(embedding_plot(examples, TargetKind::values)),
              ElementsAre(testing::Pair("target 0 to 19000", 20), testing::Pair("target 20000 to 39000", 20),
                          testing::Pair("target 40000 to 59000", 20), testing::Pair("target 60000 to 79000", 20),
                          testing::Pair("target 80000 to 99000", 20)));
  for (auto& example : examples) example.target = example.target < 50'000 ? 0 : 1;
  examples[0].target = kNotANumber;
  EXPECT_THAT(points_in(embedding_plot(examples, TargetKind::values)),
              ElementsAre(testing::Pair("target 0", 50), testing::Pair("target 1", 49)));
  EXPECT_THAT(points_in(embedding_plot({}, TargetKind::values)), IsEmpty());
}

TEST(Embedding, WithoutASpreadThereAreNeitherEllipsesNorAPrior) {
  const Plot plot = embedding_plot({{0, {1, 2}, {kNotANumber, kNotANumber}}, {1, {3, 4}, {kNotANumber, kNotANumber}}});
  ASSERT_THAT(plot.series, SizeIs(2));
  EXPECT_EQ(plot.series[0].mark, Mark::kPoints);
}

TEST(Embedding, ThePictureOfAThousandStaysSmall) {
  std::vector<EmbeddedExample> examples;
  for (int i = 0; i < 1000; ++i) examples.push_back({1.0 * (i % 10), {std::sin(i), std::cos(3 * i)}, {0.5, 0.25}});
  EXPECT_LT(to_svg(embedding_plot(examples)).size(), 200'000u);
}

TEST(Embedding, TheCsvHoldsEveryPointExactly) {
  EXPECT_EQ(
      embedding_csv({{7, {0.1, -1e-20}, {0.5, 0.25}, -0.125}, {3, {1, 2}, {kNotANumber, kNotANumber}, kNotANumber}}),
      "example,label,mu_1,mu_2,sigma_1,sigma_2,rho\n"
      "0,7,0.1,-1e-20,0.5,0.25,-0.125\n"
      "1,3,1,2,,,\n");
}

}  // namespace
}  // namespace vib
