#pragma once

#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/prior/prior_context.h"
#include "vib/nn/replicable.h"

namespace vib {

/// The VampPrior: what the encoder itself says of N learned pseudo-inputs u_n,
///
///     r(z) = (1/N) Σ_n q(z|u_n).
///
/// It goes where the codes go, and the best of these is the nearest to q(z) = E_x[q(z|x)], for which the rate is
/// I(Z;X). There is no closed form. Gradients of the rate reach the pseudo-inputs, and through them the encoder a
/// second time. The encoder reads them without dropout and with the running statistics of a batch normalisation, in
/// training too: r is then the one density that evaluation uses, and the batches' statistics stay those of the data.
/// Tomczak & Welling (2018), VAE with a VampPrior.
class VIB_API VampPriorImpl : public torch::nn::Cloneable<VampPriorImpl>, public Replicable {
 public:
  /// Begins with copies of these `[N, ...]`, which are as the network takes inputs and floating-point: different
  /// training examples, say (vib::drawn_inputs).
  explicit VampPriorImpl(torch::Tensor pseudo_inputs);

  void reset() override;
  /// Encodes the pseudo-inputs once. Throws c10::Error where there is no encoder, or a deterministic one.
  LogDensity density(const PriorContext& batch) const;
  Responsibilities responsibilities(const PriorContext& batch) const;
  std::vector<torch::Tensor*> tensor_members() override { return {&pseudo_inputs}; }

  torch::Tensor pseudo_inputs;  ///< u, `[N, ...]`
};
TORCH_MODULE(VampPrior);

}  // namespace vib
