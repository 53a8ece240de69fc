#pragma once

#include <cstdint>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// The noise that a split is evaluated with. Example i and draw m have the same ε for one seed, whatever the batches
/// are, how many draws there are, and whatever else is evaluated.
class VIB_API EvaluationDraws {
 public:
  /// For a latent of `latent` dimensions on `device`.
  EvaluationDraws(std::uint64_t seed, std::int64_t latent, torch::Device device)
      : seed_(seed), latent_(latent), device_(device) {}

  /// ε of draw `draw` for the examples `begin <= i < end`: `[end - begin, K]`, float32.
  torch::Tensor noise(std::int64_t draw, std::int64_t begin, std::int64_t end) const;

 private:
  std::uint64_t seed_;
  std::int64_t latent_;
  torch::Device device_;
};

}  // namespace vib
