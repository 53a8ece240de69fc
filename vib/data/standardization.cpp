#include "vib/data/standardization.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {
namespace {

constexpr std::int64_t kElementsAtOnce = std::int64_t{1} << 20;

/// Number, mean and sum of squared deviations of rows seen so far, which two sets of rows add up to.
struct Moments {
  double count = 0;
  torch::Tensor mean;
  torch::Tensor squares;

  void add(const torch::Tensor& rows) {
    const auto more = static_cast<double>(rows.size(0));
    const auto rows_mean = rows.mean(0);
    const auto step = rows_mean - mean;
    squares += (rows - rows_mean).square_().sum(0) + step.square() * (count * more / (count + more));
    mean += step * (more / (count + more));
    count += more;
  }
};

}  // namespace

Standardization fit_standardization(const Dataset& train) {
  const auto& inputs = train.inputs;
  const bool bytes = inputs.scalar_type() == torch::kUInt8;
  if (!bytes && !inputs.is_floating_point()) {
    throw DataError(
        fmt::format("{}: only floating-point numbers and bytes can be standardised, found {}; leave "
                    "standardize off, or convert the inputs to float32",
                    train.name, c10::toString(inputs.scalar_type())));
  }
  TORCH_CHECK(inputs.size(0) > 0, "fit_standardization: no examples");
  const auto rows_at_once = std::max<std::int64_t>(1, kElementsAtOnce / std::max<std::int64_t>(1, inputs[0].numel()));
  // Deviations from the first example: those of a constant feature are exactly 0, and large offsets cost no digits.
  const auto origin = inputs[0].to(torch::kFloat64);
  Moments moments{.count = 0, .mean = torch::zeros_like(origin), .squares = torch::zeros_like(origin)};
  for (std::int64_t begin = 0; begin < inputs.size(0); begin += rows_at_once) {
    const auto end = std::min(begin + rows_at_once, inputs.size(0));
    moments.add(inputs.slice(0, begin, end).to(torch::kFloat64) - origin);
  }

  auto mean = origin + moments.mean;
  auto scale = (moments.squares / moments.count).sqrt();
  if (bytes) {
    mean = train.low + mean * ((train.high - train.low) / 255);
    scale = scale * (std::abs(train.high - train.low) / 255);
  }
  scale.masked_fill_(scale == 0, 1);
  const auto type = inputs.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  return {.mean = mean.to(type), .scale = scale.to(type)};
}

void standardize_targets(DataSplits& splits) {
  Dataset values;
  values.inputs = splits.train.targets.to(torch::kFloat64);
  const auto labels = values.inputs.eq(0).logical_or(values.inputs.eq(1)).all(0);
  if (labels.all().item<bool>()) return;
  const auto [mean, scale] = fit_standardization(values);
  for (auto* part : {&splits.train, &splits.validation, &splits.test}) {
    part->target_mean = mean.masked_fill(labels, 0);
    part->target_scale = scale.masked_fill(labels, 1);
  }
}

}  // namespace vib
