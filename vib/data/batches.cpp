#include "vib/data/batches.h"

#include <algorithm>

#include <ATen/CPUGeneratorImpl.h>

#include "vib/core/random.h"

namespace vib {

torch::Tensor epoch_order(std::int64_t examples, std::uint64_t seed, std::int64_t epoch) {
  const auto epoch_seed = derive_seed(derive_seed(seed, Stream::data_order), static_cast<std::uint64_t>(epoch));
  return torch::randperm(examples, at::make_generator<at::CPUGeneratorImpl>(epoch_seed), torch::kInt64);
}

std::vector<BatchRange> batch_ranges(std::int64_t examples, std::int64_t batch_size, bool drop_last) {
  TORCH_CHECK(batch_size > 0, "batch_ranges: batch_size must be positive, got ", batch_size);
  std::vector<BatchRange> ranges;
  for (std::int64_t begin = 0; begin < examples; begin += batch_size) {
    const BatchRange range{begin, std::min(begin + batch_size, examples)};
    if (range.size() == batch_size || !drop_last) ranges.push_back(range);
  }
  return ranges;
}

}  // namespace vib
