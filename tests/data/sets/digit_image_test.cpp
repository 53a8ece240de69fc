#include "vib/data/sets/digit_image.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>
#include <torch/types.h>

#include "vib/data/sets/digit_strokes.h"

namespace vib {
namespace {

torch::Tensor draw(std::int64_t digit, const DigitFactors& factors) {
  DigitImage image = draw_digit(digit, factors);
  return torch::from_blob(image.data(), {kDigitSide, kDigitSide}, torch::kFloat64).clone();
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) { return (a - b).abs().max().item<double>(); }

torch::Tensor matrix(double a, double b, double c, double d) {
  return torch::tensor({a, b, c, d}, torch::kFloat64).view({2, 2});
}

/// A stroke's points `[P, 2]` on the image, by the formula in DigitFactors' documentation.
torch::Tensor placed(const Polyline& stroke, const DigitFactors& f) {
  std::vector<double> numbers;
  for (const Point& point : stroke) numbers.insert(numbers.end(), {point.x, point.y});
  const auto points = torch::tensor(numbers, torch::kFloat64).view({-1, 2});
  const auto x = points.select(1, 0);
  const auto y = points.select(1, 1);
  const auto u = x / kHalfWidth;
  const auto v = y / kHalfHeight;
  const auto warped = torch::stack({(1 + f.taper * v) * x + f.bend * (0.5 - v.square()),
                                    y + f.waist * (1 - v.square()) + f.arch * (u.square() - 0.5)},
                                   1);
  const auto affine = matrix(std::cos(f.rotation), -std::sin(f.rotation), std::sin(f.rotation), std::cos(f.rotation))
                          .mm(matrix(1, f.shear, 0, 1))
                          .mm(matrix(f.scale_x, 0, 0, f.scale_y));
  return warped.mm(affine.t()) + torch::tensor({13.5 + f.shift_x, 13.5 + f.shift_y}, torch::kFloat64);
}

/// The sharp image, from the distance of every pixel to every segment.
torch::Tensor draw_plainly(std::int64_t digit, const DigitFactors& f) {
  const auto side = torch::arange(kDigitSide, torch::kFloat64);
  const auto grid = torch::meshgrid({side, side}, "xy");
  const auto pixels = torch::stack({grid[0], grid[1]}, -1).view({-1, 1, 2});
  auto distance = torch::full({kDigitSide * kDigitSide}, 1e9, torch::kFloat64);
  for (const Polyline& stroke : digit_skeleton(digit, f.style)) {
    const auto points = placed(stroke, f);
    const auto begin = points.slice(0, 0, -1);
    const auto along = points.slice(0, 1) - begin;
    const auto t = (((pixels - begin) * along).sum(-1) / along.square().sum(-1)).clamp(0, 1);
    const auto nearest = begin + t.unsqueeze(-1) * along;
    distance = torch::minimum(distance, (pixels - nearest).norm(2, -1).amin(1));
  }
  return (0.5 * f.thickness + 0.5 - distance).clamp(0, 1).view({kDigitSide, kDigitSide});
}

/// Blurs with a Gaussian that is not cut off.
torch::Tensor blur_plainly(const torch::Tensor& image, double deviation) {
  const auto side = torch::arange(kDigitSide, torch::kFloat64);
  const auto far = torch::arange(-100, 101, torch::kFloat64);
  const auto weights = (-(side.unsqueeze(0) - side.unsqueeze(1)).square() / (2 * deviation * deviation)).exp() /
                       (-far.square() / (2 * deviation * deviation)).exp().sum();
  return weights.mm(image).mm(weights);
}

const DigitFactors kCrooked{.style = 0,
                            .bend = 2.5,
                            .taper = -0.3,
                            .waist = 1.5,
                            .arch = -2,
                            .scale_x = 0.8,
                            .scale_y = 1.2,
                            .shear = 0.25,
                            .rotation = -0.4,
                            .shift_x = 3.3,
                            .shift_y = -4.1,
                            .thickness = 2.3};

TEST(DigitStrokes, FillTheBoxInShortPieces) {
  for (std::int64_t digit = 0; digit < kDigits; ++digit) {
    for (std::int64_t style = 0; style < kDigitStyles; ++style) {
      double top = 0;
      double bottom = 0;
      for (const Polyline& stroke : digit_skeleton(digit, style)) {
        ASSERT_GE(stroke.size(), 2u);
        for (std::size_t i = 0; i < stroke.size(); ++i) {
          EXPECT_LE(std::abs(stroke[i].x), 1.1 * kHalfWidth);
          top = std::min(top, stroke[i].y);
          bottom = std::max(bottom, stroke[i].y);
          const Point& last = stroke[std::max<std::size_t>(i, 1) - 1];
          EXPECT_LE(std::hypot(stroke[i].x - last.x, stroke[i].y - last.y), 4.5);
        }
      }
      EXPECT_NEAR(top, -kHalfHeight, 1.1) << digit << ", style " << style;
      EXPECT_NEAR(bottom, kHalfHeight, 1.1) << digit << ", style " << style;
    }
  }
}

TEST(DigitStrokes, NoTwoLookAlike) {
  std::vector<torch::Tensor> images;
  for (std::int64_t digit = 0; digit < kDigits; ++digit) {
    for (std::int64_t style = 0; style < kDigitStyles; ++style)
      images.push_back(draw(digit, {.style = style}).view({-1}));
  }
  const auto all = torch::stack(images);
  const auto distances = torch::cdist(all, all) + 100 * torch::eye(all.size(0), torch::kFloat64);
  EXPECT_GT(distances.min().item<double>(), 3.0);  // as far apart as 9 white pixels on black
}

TEST(DigitStrokes, RefuseADigitOrStyleThatDoesNotExist) {
  EXPECT_THROW(digit_skeleton(10, 0), c10::Error);
  EXPECT_THROW(digit_skeleton(-1, 0), c10::Error);
  EXPECT_THROW(draw_digit(3, {.style = kDigitStyles}), c10::Error);
}

TEST(DigitImage, AgreesWithAPlainDistanceField) {
  for (std::int64_t digit = 0; digit < kDigits; ++digit) {
    for (std::int64_t style = 0; style < kDigitStyles; ++style) {
      DigitFactors factors = kCrooked;
      factors.style = style;
      EXPECT_LT(largest_difference(draw(digit, factors), draw_plainly(digit, factors)), 1e-12) << digit << ' ' << style;
    }
  }
}

TEST(DigitImage, EachFactorActsAsDocumentedByItself) {
  const DigitFactors upright;
  for (const auto member :
       {&DigitFactors::bend, &DigitFactors::taper, &DigitFactors::waist, &DigitFactors::arch, &DigitFactors::scale_x,
        &DigitFactors::scale_y, &DigitFactors::shear, &DigitFactors::rotation, &DigitFactors::shift_x,
        &DigitFactors::shift_y, &DigitFactors::thickness}) {
    DigitFactors changed;
    changed.*member += 0.3;
    EXPECT_LT(largest_difference(draw(2, changed), draw_plainly(2, changed)), 1e-12);
    EXPECT_GT(largest_difference(draw(2, changed), draw(2, upright)), 0.05);
  }
}

TEST(DigitImage, AStraightStrokeHasTheInkOfItsArea) {
  const double thickness = 3;
  const double area = 2 * kHalfHeight * thickness + std::numbers::pi * thickness * thickness / 4;
  EXPECT_NEAR(draw(1, {.thickness = thickness}).sum().item<double>(), area, 0.01 * area);
}

TEST(DigitImage, AQuarterTurnIsClockwise) {
  const DigitFactors upright{.scale_y = 0.9};
  DigitFactors turned = upright;
  turned.rotation = std::numbers::pi / 2;
  EXPECT_LT(largest_difference(draw(7, turned), draw(7, upright).rot90(-1)), 1e-12);
}

TEST(DigitImage, AShiftByWholePixelsMovesTheImage) {
  const DigitFactors centred{.scale_x = 0.7, .scale_y = 0.7, .blur = 0.6};
  DigitFactors shifted = centred;
  shifted.shift_x = 3;
  shifted.shift_y = -2;
  EXPECT_LT(largest_difference(draw(5, shifted), draw(5, centred).roll({-2, 3}, {0, 1})), 1e-12);
}

TEST(DigitImage, ADigitFarOutsideLeavesTheImageBlack) {
  for (const double far : {-1e12, -40.0, 40.0, 1e12}) {
    EXPECT_EQ(draw(8, {.shift_x = far}).abs().max().item<double>(), 0);
    EXPECT_EQ(draw(8, {.shift_y = far}).abs().max().item<double>(), 0);
  }
}

TEST(DigitImage, TheBlurIsAGaussian) {
  for (const double deviation : {0.3, 0.8, 2.0}) {
    DigitFactors factors = kCrooked;
    const auto sharp = draw(4, factors);
    factors.blur = deviation;
    EXPECT_LT(largest_difference(draw(4, factors), blur_plainly(sharp, deviation)), 5e-3);
  }
}

}  // namespace
}  // namespace vib
