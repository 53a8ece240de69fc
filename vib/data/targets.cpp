#include "vib/data/targets.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"

namespace vib {
namespace {

constexpr std::int64_t kCheckedAtOnce = std::int64_t{1} << 20;
constexpr std::int64_t kMostClasses = 1'000'000;

/// The first row where `bad` (`[N]`, bool) is true, or -1.
std::int64_t first(const torch::Tensor& bad) {
  return bad.any().item<bool>() ? bad.to(torch::kUInt8).argmax().item<std::int64_t>() : -1;
}

void check_type(const torch::Tensor& targets, const std::string& source) {
  const auto type = targets.scalar_type();
  if (torch::isComplexType(type) || type == torch::kUInt16 || type == torch::kUInt32 || type == torch::kUInt64 ||
      torch::isFloat8Type(type)) {
    throw DataError(fmt::format("{}: targets of type {} are not supported; convert them to int64 or float32", source,
                                c10::toString(type)));
  }
}

}  // namespace

void check_finite(const torch::Tensor& tensor, const std::string& source) {
  if (!tensor.is_floating_point() || tensor.numel() == 0) return;
  const auto step = std::max<std::int64_t>(1, kCheckedAtOnce / tensor[0].numel());
  for (std::int64_t begin = 0; begin < tensor.size(0); begin += step) {
    const auto finite = tensor.slice(0, begin, std::min(begin + step, tensor.size(0))).isfinite();
    if (finite.all().item<bool>()) continue;
    const auto row =
        begin + first(finite.flatten(1 < finite.dim() ? 1 : 0).view({finite.size(0), -1}).all(1).logical_not());
    throw DataError(
        fmt::format("{}: row {} (counted from 0) holds a NaN or an infinity; leave the example out or put "
                    "a number there",
                    source, row));
  }
}

torch::Tensor class_targets(const torch::Tensor& targets, const std::string& source) {
  check_type(targets, source);
  if (targets.dim() != 1 && (targets.dim() != 2 || targets.size(1) != 1)) {
    throw DataError(
        fmt::format("{}: expected one class index an example ([N]), found the shape [{}]; one-hot rows are "
                    "turned into indices by argmax, and numbers to predict need targets: values",
                    source, fmt::join(targets.sizes(), ", ")));
  }
  const auto labels = targets.view({targets.size(0)});
  check_finite(labels, source);
  const auto indices = labels.to(torch::kInt64);
  auto bad = indices < 0;
  if (labels.is_floating_point()) bad = bad.logical_or(indices.to(labels.scalar_type()) != labels);
  if (const auto row = first(bad); row >= 0) {
    throw DataError(
        fmt::format("{}: row {} (counted from 0) holds {}; classes are whole numbers from 0 (numbers to "
                    "predict need targets: values)",
                    source, row, labels[row].item<double>()));
  }
  return indices;
}

torch::Tensor value_targets(const torch::Tensor& targets, const std::string& source) {
  check_type(targets, source);
  if (targets.dim() != 1 && targets.dim() != 2) {
    throw DataError(fmt::format("{}: expected numbers to predict of the shape [N] or [N, D], found [{}]", source,
                                fmt::join(targets.sizes(), ", ")));
  }
  const auto narrow = targets.to(torch::kFloat32);
  check_finite(narrow, source);
  const bool fits = targets.element_size() < 4 || targets.scalar_type() == torch::kFloat32;
  const auto values = fits ? narrow : targets.to(torch::kFloat64);
  return values.dim() == 1 ? values.unsqueeze(1) : values;
}

std::int64_t count_classes(const torch::Tensor& targets, const std::string& source) {
  const auto largest = targets.max().item<std::int64_t>();
  if (largest >= kMostClasses) {
    throw DataError(
        fmt::format("{}: the largest class is {}: more than {} classes; number them from 0 without gaps, "
                    "or set targets: values for numbers to predict",
                    source, largest, kMostClasses));
  }
  return largest + 1;
}

void check_classes(const torch::Tensor& targets, std::int64_t classes, const std::string& source) {
  if (const auto row = first(targets >= classes); row >= 0) {
    throw DataError(
        fmt::format("{}: row {} (counted from 0) is of class {}, but the training examples have the "
                    "classes 0 to {} only",
                    source, row, targets[row].item<std::int64_t>(), classes - 1));
  }
}

}  // namespace vib
