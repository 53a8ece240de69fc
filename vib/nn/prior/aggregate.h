#pragma once

#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/prior/prior_context.h"
#include "vib/nn/replicable.h"

namespace vib {

/// The codes of other examples, all together: nothing is learned, and r follows the encoder.
///
///     in training     r_i(z) = 1/(B - 1) Σ_{j != i} q(z|x_j)     for example i of a batch of B
///     in evaluation   r(z)   = 1/N Σ_n q(z|x_n)                  of N fixed examples
///
/// Both are the mean over examples that z does not come from, so that the rate is on average an upper bound on I(Z;X),
/// the tighter the more there are: its excess is E KL[ q(z) || r(z) ]. Poole et al. (2019), On variational bounds of
/// mutual information, section 2.3.
///
/// With the example itself in the mean the rate could not exceed log B, and would be a lower bound on I(Z;X) (as
/// InfoNCE's); evaluated on one of the N examples it cannot exceed log N. Without it there is no such cap, but a code
/// of more than about log B nats finds no other that covers it: r(z) is then the far tail of the nearest, and the rate
/// heavy-tailed and far too large. Take larger batches, more examples, or a learned prior there.
///
/// Gradients reach the posteriors of the whole batch. Weights of examples are not looked at.
class VIB_API AggregatePriorImpl : public torch::nn::Cloneable<AggregatePriorImpl>, public Replicable {
 public:
  /// `examples`: inputs as the network takes them, `[N, ...]`, numbers or tokens, which are kept with the weights:
  /// different training examples, say (vib::drawn_inputs).
  explicit AggregatePriorImpl(torch::Tensor examples);

  void reset() override;
  /// In training, for the batch alone: z of `[M, B, K]` is that of its examples. In evaluation it encodes the fixed
  /// examples once. Throws c10::Error for a batch of one in training, for a deterministic model, and in evaluation
  /// where there is no encoder.
  LogDensity density(const PriorContext& batch) const;
  std::vector<torch::Tensor*> tensor_members() override { return {&examples}; }

  torch::Tensor examples;  ///< `[N, ...]`, a buffer
};
TORCH_MODULE(AggregatePrior);

}  // namespace vib
