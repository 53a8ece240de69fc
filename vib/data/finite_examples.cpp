#include "vib/data/finite_examples.h"

#include <algorithm>

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/format/mapped_file.h"

namespace vib {
namespace {

/// The first row of `batch` with a number that is not finite, or -1.
std::int64_t first_broken(const torch::Tensor& batch) {
  const auto broken = batch.isfinite().reshape({batch.size(0), -1}).all(1).logical_not();
  return broken.any().item<bool>() ? broken.to(torch::kUInt8).argmax().item<std::int64_t>() : -1;
}

/// `stored`: where the numbers of the batch come from.
void check(const torch::Tensor& batch, const torch::Tensor& stored, const torch::Tensor& index,
           const std::string& name) {
  const auto row = first_broken(batch);
  if (row < 0) return;
  const auto example = index[row].item<std::int64_t>();
  if (const char* file = stored.is_cpu() ? mapped_file_at(stored.const_data_ptr()) : nullptr)
    throw DataError(
        fmt::format("{}: has been changed while it was in use: row {} (counted from 0) holds a NaN or an infinity, "
                    "which was not there when the file was read. Put the old content back, or train again",
                    file, example));
  throw DataError(
      fmt::format("{}: example {} (counted from 0) holds a NaN or an infinity; leave the example out or put a number "
                  "there",
                  name, example));
}

}  // namespace

void check_finite_examples(const Dataset& data, const torch::Tensor& index) {
  check(data.batch_inputs(index), data.inputs, index, data.name);
  if (data.targets.defined()) check(data.batch_targets(index), data.targets, index, data.name);
}

void check_finite_examples(const Dataset& data) {
  constexpr std::int64_t kAtOnce = 1024;
  for (std::int64_t begin = 0; begin < data.size(); begin += kAtOnce) {
    const auto end = std::min(begin + kAtOnce, data.size());
    check_finite_examples(data, torch::arange(begin, end, torch::dtype(torch::kInt64).device(data.inputs.device())));
  }
}

}  // namespace vib
