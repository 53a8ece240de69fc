#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/posterior.h"
#include "vib/nn/prior/prior_context.h"

namespace vib {

/// r(z), a module of the model: what it learns is trained, averaged, saved, resumed and replicated like the rest.
///
/// Any torch::nn::Cloneable with a density is one, the user's own included:
///
///     torch::Tensor log_prob(const torch::Tensor& z, const torch::Tensor& y);
///     // log r(z) in nats: z `[M, B, K]`, the batch's targets y (undefined where there are none) -> `[M, B]`
///     std::optional<torch::Tensor> kl(const Posterior& q, const torch::Tensor& y);
///     // may be left out. KL(q || r) in nats, `[B]`, where it has a closed form for such a q
///
/// One whose density depends on the model's encoder, or on the batch, has instead of `log_prob`
///
///     LogDensity density(const PriorContext& batch);
///     // log r as a function of z; made once for a batch, and then asked for one draw or several
///
/// A prior with tensors of its own implements vib::Replicable, or models with it are trained one by one.
class VIB_API Prior {
 public:
  template <typename Impl>
  explicit Prior(std::shared_ptr<Impl> impl)
      : module_(impl),
        density_([impl](const PriorContext& batch) -> LogDensity {
          if constexpr (requires { impl->density(batch); })
            return impl->density(batch);
          else
            return [impl, y = batch.y](const torch::Tensor& z) -> torch::Tensor { return impl->log_prob(z, y); };
        }),
        clone_([impl](const auto& device) { return Prior(std::dynamic_pointer_cast<Impl>(impl->clone(device))); }) {
    if constexpr (requires(const Posterior& q, const torch::Tensor& y) { impl->kl(q, y); })
      closed_form_ = [impl](const Posterior& q, const torch::Tensor& y) { return impl->kl(q, y); };
  }

  template <typename Impl>
  Prior(const torch::nn::ModuleHolder<Impl>& holder) : Prior(holder.ptr()) {}  // NOLINT: a kind of prior

  /// The module itself.
  const std::shared_ptr<torch::nn::Module>& module() const { return module_; }
  /// log r(z) for such a batch.
  LogDensity density(const PriorContext& batch) const { return density_(batch); }
  /// log r(z) in nats, `[M, B, K]` -> `[M, B]`, of a prior that needs neither the model nor the rest of the batch.
  torch::Tensor log_prob(const torch::Tensor& z, const torch::Tensor& y) const { return density({y, {}})(z); }
  /// The rate R(x) = KL(q(z|x) || r(z)) in nats, `[B]`, where it has a closed form. That of a point mass is 0 by
  /// convention: it is no part of a deterministic model's loss.
  std::optional<torch::Tensor> closed_form(const Posterior& q, const torch::Tensor& y) const;
  /// The rate, `[B]`: in closed form, or the mean over the draws `z` (`[M, B, K]`) of log q(z|x) - log r(z).
  torch::Tensor kl(const torch::Tensor& z, const PriorContext& batch) const;
  /// The same of a prior that needs no model.
  torch::Tensor kl(const Posterior& q, const torch::Tensor& z, const torch::Tensor& y) const { return kl(z, {y, q}); }
  /// A deep copy. Throws c10::Error where the module is not torch::nn::Cloneable.
  Prior clone(const std::optional<torch::Device>& device) const { return clone_(device); }

 private:
  std::shared_ptr<torch::nn::Module> module_;
  std::function<LogDensity(const PriorContext&)> density_;
  std::function<std::optional<torch::Tensor>(const Posterior&, const torch::Tensor&)> closed_form_;
  std::function<Prior(const std::optional<torch::Device>&)> clone_;
};

}  // namespace vib
