#include "vib/data/sets/digits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/types.h>

#include "vib/core/error.h"
#include "vib/core/random.h"
#include "vib/data/sets/digit_image.h"
#include "vib/data/sets/digit_strokes.h"

namespace vib {
namespace {

/// The random numbers of one image: SplitMix64, seeded by (seed, stream, index).
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream, std::int64_t index)
      : state_(derive_seed(derive_seed(seed, stream), static_cast<std::uint64_t>(index))) {}

  std::uint64_t next() { return splitmix64(state_ += 0x9E3779B97F4A7C15u); }

  /// Uniform on [low, high).
  double uniform(double low, double high) { return low + (high - low) * 0x1p-53 * static_cast<double>(next() >> 11); }

  /// Uniform on 0, ..., bound - 1.
  std::int64_t below(std::uint64_t bound) { return static_cast<std::int64_t>((next() >> 32) * bound >> 32); }

  /// Mean 0, variance 1, nearly normal, at most 2 √3: the sum of four uniform 16-bit numbers. Cheap, and the same
  /// everywhere, which logarithms and cosines are not.
  double normal() {
    const std::uint64_t bits = next();
    const std::uint64_t sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
    return (static_cast<double>(sum) - 2 * 65535) * (1.7320508075688772 / 65536);
  }

 private:
  std::uint64_t state_;
};

struct FactorRange {
  const char* name;
  double DigitFactors::*member;
  double low;
  double high;
};

constexpr std::array<FactorRange, 13> kFactors{{
    {"bend", &DigitFactors::bend, -4, 4},
    {"taper", &DigitFactors::taper, -0.4, 0.4},
    {"waist", &DigitFactors::waist, -3, 3},
    {"arch", &DigitFactors::arch, -2.5, 2.5},
    {"scale_x", &DigitFactors::scale_x, 0.65, 1.1},
    {"scale_y", &DigitFactors::scale_y, 0.75, 1.05},
    {"shear", &DigitFactors::shear, -0.3, 0.3},
    {"rotation", &DigitFactors::rotation, -0.3, 0.3},
    {"shift_x", &DigitFactors::shift_x, -2, 2},
    {"shift_y", &DigitFactors::shift_y, -2, 2},
    {"thickness", &DigitFactors::thickness, 1, 3.5},
    {"blur", &DigitFactors::blur, 0.3, 0.8},
    {"noise", &DigitFactors::noise, 0, 0.1},
}};

DigitFactors draw_factors(Random& random) {
  DigitFactors factors;
  factors.style = random.below(kDigitStyles);
  for (const auto& [name, member, low, high] : kFactors) {
    factors.*member = static_cast<float>(random.uniform(low, high));  // as the data set keeps it
  }
  return factors;
}

void write_noisy(const DigitImage& image, double noise, Random& random, std::uint8_t* bytes) {
  for (const double grey : image) {
    *bytes++ = static_cast<std::uint8_t>(std::lround(255 * std::clamp(grey + noise * random.normal(), 0.0, 1.0)));
  }
}

}  // namespace

Dataset make_digits(std::int64_t count, std::uint64_t seed, std::uint64_t stream) {
  if (count < 1) throw ConfigError(fmt::format("digits: cannot make {} images, a split needs at least 1", count));
  Dataset data;
  data.name = "digits";
  data.classes = kDigits;
  data.inputs = torch::empty({count, 1, kDigitSide, kDigitSide}, torch::kUInt8);
  data.targets = torch::empty({count}, torch::kInt64);
  data.factors["style"] = torch::empty({count}, torch::kInt64);
  const auto values = torch::empty({static_cast<std::int64_t>(kFactors.size()), count}, torch::kFloat32);
  for (std::size_t k = 0; k < kFactors.size(); ++k) {
    data.factors[kFactors[k].name] = values[static_cast<std::int64_t>(k)];
  }

  auto* const image = data.inputs.mutable_data_ptr<std::uint8_t>();
  auto* const label = data.targets.mutable_data_ptr<std::int64_t>();
  auto* const style = data.factors["style"].mutable_data_ptr<std::int64_t>();
  auto* const value = values.mutable_data_ptr<float>();
  at::parallel_for(0, count, /*grain_size=*/64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      Random random(seed, stream, i);
      const std::int64_t digit = random.below(kDigits);
      const DigitFactors factors = draw_factors(random);
      write_noisy(draw_digit(digit, factors), factors.noise, random, image + i * kDigitSide * kDigitSide);
      label[i] = digit;
      style[i] = factors.style;
      float* row = value + i;
      for (const FactorRange& factor : kFactors) {
        *row = static_cast<float>(factors.*factor.member);
        row += count;
      }
    }
  });
  return data;
}

DataSplits make_digits(const DigitsOptions& options) {
  const auto split = [&](std::string name, std::int64_t count, std::uint64_t stream) {
    Dataset data = make_digits(count, options.seed, stream);
    data.name = std::move(name);
    data.low = options.low;
    data.high = options.high;
    return data;
  };
  Dataset train = split("digits/train", options.train, 0);
  Dataset test = split("digits/test", options.test, 1);
  return hold_out(std::move(train), std::move(test), options.validation, options.split_seed);
}

}  // namespace vib
