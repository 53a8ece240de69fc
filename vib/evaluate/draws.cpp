#include "vib/evaluate/draws.h"

#include <algorithm>
#include <vector>

#include "vib/core/device.h"
#include "vib/core/random.h"

namespace vib {
namespace {

// Noise is drawn for so many examples at a time, each block with a generator of its own, so that any part of a split
// can be drawn without the rest. Part of what a seed means: never change it.
constexpr std::int64_t kBlock = 100;

}  // namespace

torch::Tensor EvaluationDraws::noise(std::int64_t draw, std::int64_t begin, std::int64_t end) const {
  const auto of_draw = derive_seed(derive_seed(seed_, Stream::evaluation), static_cast<std::uint64_t>(draw));
  std::vector<torch::Tensor> parts;
  for (auto block = begin / kBlock; block * kBlock < end; ++block) {
    const auto generator = make_generator(device_, derive_seed(of_draw, static_cast<std::uint64_t>(block)));
    const auto whole = at::randn({kBlock, latent_}, generator, torch::dtype(torch::kFloat32).device(device_));
    const auto first = block * kBlock;
    parts.push_back(whole.slice(0, std::max(begin - first, std::int64_t{0}), std::min(end - first, kBlock)));
  }
  return at::cat(parts);
}

}  // namespace vib
