#pragma once

#include <torch/types.h>

#include "vib/core/device.h"
#include "vib/data/dataset.h"
#include "vib/nn/encoder/mlp.h"
#include "vib/nn/vib_model.h"

namespace vib::test {

/// Three Gaussian clouds in four dimensions that overlap a little.
inline Dataset clouds(std::int64_t examples, std::uint64_t seed = 1) {
  const auto generator = make_generator(torch::kCPU, seed);
  Dataset data;
  data.targets = torch::randint(3, {examples}, generator, torch::kInt64);
  const auto centres = torch::tensor({{2.0, 0.0, 0.0, 0.0}, {0.0, 2.0, 0.0, 0.0}, {0.0, 0.0, 2.0, 0.0}});
  data.inputs = centres.index_select(0, data.targets) + torch::randn({examples, 4}, generator, torch::kFloat32);
  data.classes = 3;
  data.name = "clouds";
  return data;
}

inline VibModel small_model(bool deterministic = false, std::uint64_t seed = 3) {
  torch::manual_seed(seed);
  VibModelOptions options(16, 4, 3);
  options.bottleneck().deterministic(deterministic);
  return VibModel(Mlp(MlpOptions(4).hidden({16})), options);
}

}  // namespace vib::test
