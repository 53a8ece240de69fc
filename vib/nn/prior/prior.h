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
///     torch::Tensor residual(const Posterior& q, const torch::Tensor& z, const torch::Tensor& y);
///     // may be left out. KL(q || b(z|y)) in nats, `[B]`, of a prior with a density for each target: what is priced in
///     // the place of the rate. Its log_prob is then that of the marginal Σ_y p(y) b(z|y), without a look at y
///     torch::Tensor responsibilities(const torch::Tensor& z);
///     // may be left out. The share of each of N components in r(z), `[..., K]` -> `[..., N]`
///
/// One whose density depends on the model's encoder, or on the batch, has instead of `log_prob`
///
///     LogDensity density(const PriorContext& batch);
///     // log r as a function of z; made once for a batch, and then asked for one draw or several
///     Responsibilities responsibilities(const PriorContext& batch);
///     // likewise; may be left out
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
    if constexpr (requires(const Posterior& q, const torch::Tensor& t) { impl->residual(q, t, t); })
      residual_ = [impl](const Posterior& q, const auto& z, const auto& y) { return impl->residual(q, z, y); };
    if constexpr (requires(const PriorContext& batch) { impl->responsibilities(batch); })
      responsibilities_ = [impl](const PriorContext& batch) { return impl->responsibilities(batch); };
    else if constexpr (requires(const torch::Tensor& z) { impl->responsibilities(z); })
      responsibilities_ = [impl](const PriorContext&) {
        return [impl](const torch::Tensor& z) { return impl->responsibilities(z); };
      };
  }

  template <typename Impl>
  Prior(const torch::nn::ModuleHolder<Impl>& holder) : Prior(holder.ptr()) {}  // NOLINT: a kind of prior

  /// The module itself.
  const std::shared_ptr<torch::nn::Module>& module() const { return module_; }
  /// log r(z) for such a batch.
  LogDensity density(const PriorContext& batch) const { return density_(batch); }
  /// log r(z) in nats, `[M, B, K]` -> `[M, B]`, of a prior that needs neither the model nor the rest of the batch.
  torch::Tensor log_prob(const torch::Tensor& z, const torch::Tensor& y) const { return density({y, {}})(z); }
  /// Whether the rate may have a closed form, against Gaussians say.
  bool has_closed_form() const { return closed_form_ != nullptr; }
  /// The rate R(x) = KL(q(z|x) || r(z)) in nats, `[B]`, where it has a closed form. That of a point mass is 0 by
  /// convention: it is no part of a deterministic model's loss.
  std::optional<torch::Tensor> closed_form(const Posterior& q, const torch::Tensor& y) const;
  /// The rate, `[B]`: in closed form, or the mean over the draws `z` (`[M, B, K]`) of log q(z|x) - log r(z).
  torch::Tensor kl(const torch::Tensor& z, const PriorContext& batch) const;
  /// The same of a prior that needs no model.
  torch::Tensor kl(const Posterior& q, const torch::Tensor& z, const torch::Tensor& y) const { return kl(z, {y, q}); }
  /// Whether there is a density b(z|y) for each target, and the residual information is priced.
  bool conditional() const { return residual_ != nullptr; }
  /// The residual information KL(q(z|x) || b(z|y)) in nats, `[B]`, 0 for a point mass; nothing where the prior is not
  /// conditional, or there are no targets.
  std::optional<torch::Tensor> residual(const Posterior& q, const torch::Tensor& z, const torch::Tensor& y) const;
  /// Whether r(z) is a mixture that tells the share of each component.
  bool has_components() const { return responsibilities_ != nullptr; }
  /// These shares for such a batch; empty where there are none, or the posteriors are point masses.
  Responsibilities responsibilities(const PriorContext& batch) const;
  /// A deep copy. Throws c10::Error where the module is not torch::nn::Cloneable.
  Prior clone(const std::optional<torch::Device>& device) const { return clone_(device); }

 private:
  std::shared_ptr<torch::nn::Module> module_;
  std::function<LogDensity(const PriorContext&)> density_;
  std::function<std::optional<torch::Tensor>(const Posterior&, const torch::Tensor&)> closed_form_;
  std::function<torch::Tensor(const Posterior&, const torch::Tensor&, const torch::Tensor&)> residual_;
  std::function<Responsibilities(const PriorContext&)> responsibilities_;
  std::function<Prior(const std::optional<torch::Device>&)> clone_;
};

}  // namespace vib
