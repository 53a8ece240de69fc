#include "vib/data/sets/digit_image.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "vib/data/sets/digit_strokes.h"

namespace vib {
namespace {

constexpr double kCentre = 0.5 * (kDigitSide - 1);  // pixel i is centred on i

/// From a skeleton's coordinates to the image's.
class Placement {
 public:
  explicit Placement(const DigitFactors& factors)
      : factors_(factors), cos_(std::cos(factors.rotation)), sin_(std::sin(factors.rotation)) {}

  Point operator()(Point p) const {
    const DigitFactors& f = factors_;
    const double u = p.x / kHalfWidth;
    const double v = p.y / kHalfHeight;
    const double y = f.scale_y * (p.y + f.waist * (1 - v * v) + f.arch * (u * u - 0.5));
    const double x = f.scale_x * (p.x + f.taper * v * p.x + f.bend * (0.5 - v * v)) + f.shear * y;
    return {kCentre + f.shift_x + cos_ * x - sin_ * y, kCentre + f.shift_y + sin_ * x + cos_ * y};
  }

 private:
  const DigitFactors& factors_;
  double cos_;
  double sin_;
};

/// The pixels whose centres lie within [low, high], cut to the image.
struct PixelRange {
  PixelRange(double low, double high)
      : begin(static_cast<int>(std::ceil(std::clamp(low, 0.0, double{kDigitSide})))),
        end(static_cast<int>(std::floor(std::clamp(high, -1.0, kDigitSide - 1.0))) + 1) {}

  int begin;
  int end;
};

/// Lowers `squared`, each pixel's squared distance to the strokes, where the segment from `a` to `b` is nearer; looks
/// at the pixels within `reach` of it only.
void draw_segment(Point a, Point b, double reach, DigitImage& squared) {
  const PixelRange columns(std::min(a.x, b.x) - reach, std::max(a.x, b.x) + reach);
  const PixelRange rows(std::min(a.y, b.y) - reach, std::max(a.y, b.y) + reach);
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double per_square = 1 / std::max(dx * dx + dy * dy, std::numeric_limits<double>::min());
  for (int row = rows.begin; row < rows.end; ++row) {
    const double y = row - a.y;
    for (int column = columns.begin; column < columns.end; ++column) {
      const double x = column - a.x;
      const double t = std::clamp((x * dx + y * dy) * per_square, 0.0, 1.0);
      const double away_x = x - t * dx;
      const double away_y = y - t * dy;
      double& nearest = squared[row * kDigitSide + column];
      nearest = std::min(nearest, away_x * away_x + away_y * away_y);
    }
  }
}

/// 1 inside the strokes, 0 outside, linear across the pixel on the edge.
DigitImage draw_strokes(std::int64_t digit, const DigitFactors& factors) {
  const Placement place(factors);
  const double reach = 0.5 * factors.thickness + 0.5;
  DigitImage image;
  image.fill(reach * reach);
  for (const Polyline& stroke : digit_skeleton(digit, factors.style)) {
    Point from = place(stroke[0]);
    for (std::size_t i = 1; i < stroke.size(); ++i) {
      const Point to = place(stroke[i]);
      draw_segment(from, to, reach, image);
      from = to;
    }
  }
  for (double& pixel : image) pixel = std::min(reach - std::sqrt(pixel), 1.0);
  return image;
}

/// A Gaussian at the distances 0, 1, ... up to three standard deviations; both sides together sum to 1.
std::vector<double> gaussian_weights(double deviation) {
  std::vector<double> weights{1.0};
  double sum = 1.0;
  for (int k = 1; k < 3 * deviation + 1; ++k) {
    weights.push_back(std::exp(-0.5 * k * k / (deviation * deviation)));
    sum += 2 * weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// Blurs the columns and transposes: twice is the whole blur.
DigitImage blur_and_transpose(const DigitImage& image, const std::vector<double>& weights) {
  const int reach = static_cast<int>(weights.size()) - 1;
  DigitImage blurred;
  for (int row = 0; row < kDigitSide; ++row) {
    const int begin = std::max(row - reach, 0);
    const int end = std::min<int>(row + reach + 1, kDigitSide);
    for (int column = 0; column < kDigitSide; ++column) {
      double sum = 0;
      for (int k = begin; k < end; ++k) sum += weights[std::abs(k - row)] * image[k * kDigitSide + column];
      blurred[column * kDigitSide + row] = sum;
    }
  }
  return blurred;
}

}  // namespace

DigitImage draw_digit(std::int64_t digit, const DigitFactors& factors) {
  const DigitImage sharp = draw_strokes(digit, factors);
  const std::vector<double> weights = gaussian_weights(factors.blur);
  return blur_and_transpose(blur_and_transpose(sharp, weights), weights);
}

}  // namespace vib
