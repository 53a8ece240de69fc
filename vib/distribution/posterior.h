#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/full_gaussian.h"
#include "vib/distribution/gaussian.h"

namespace vib {

/// q(z|x), one for each example: a point mass (the deterministic baseline), a Gaussian with a diagonal or with a full
/// covariance. Which of them an encoder emits is known only when the program runs; this is any.
class VIB_API Posterior {
 public:
  Posterior() = default;
  Posterior(PointMass point) : distribution_(std::move(point)) {}               // NOLINT: a kind of posterior
  Posterior(DiagonalGaussian gaussian) : distribution_(std::move(gaussian)) {}  // NOLINT: a kind of posterior
  Posterior(FullGaussian gaussian) : distribution_(std::move(gaussian)) {}      // NOLINT: a kind of posterior

  /// The distribution itself where it is of this kind, else a null pointer:
  /// `if (const auto* q = posterior.as<DiagonalGaussian>())`.
  template <typename Distribution>
  const Distribution* as() const {
    return std::get_if<Distribution>(&distribution_);
  }

  /// Whether it is a point mass.
  bool deterministic() const { return as<PointMass>() != nullptr; }
  /// E[z|x], `[..., K]`.
  const torch::Tensor& mean() const;
  /// The standard deviation of each z_j, `[..., K]`. Throws c10::Error for a point mass.
  torch::Tensor stddev() const;
  /// Of all z_i and z_j, `[..., K, K]`. Throws c10::Error for a point mass.
  torch::Tensor covariance() const;
  /// The same of z_i / σ_i, from -1 to 1, `[..., K, K]`. Throws c10::Error for a point mass.
  torch::Tensor correlation() const;

  /// `draws` reparameterised draws, `[M, ..., K]`. A point mass gives one: `[1, ..., K]`.
  torch::Tensor sample(std::int64_t draws, std::optional<torch::Generator> generator = std::nullopt) const;
  /// Draws by the caller's standard normal noise ε, `[..., K]` or `[M, ..., K]`. A point mass gives its point, without
  /// looking at ε.
  torch::Tensor sample_with(const torch::Tensor& noise) const;

  /// log q(z|x) in nats, summed over the last dimension: `[..., K]` -> `[...]`. Throws c10::Error for a point mass.
  torch::Tensor log_prob(const torch::Tensor& z) const;

 private:
  /// `function` of the Gaussian that it is.
  template <typename Function>
  torch::Tensor of_gaussian(const char* what, const Function& function) const;

  std::variant<PointMass, DiagonalGaussian, FullGaussian> distribution_;
};

/// KL( q || N(0, I) ) in nats, `[...]`, by the closed form of such a Gaussian; nothing for a point mass.
VIB_API std::optional<torch::Tensor> kl_to_standard_normal(const Posterior& q);

/// KL( q || r ) in nats, `[...]`, by the closed form of such a Gaussian; nothing for a point mass.
VIB_API std::optional<torch::Tensor> kl(const Posterior& q, const DiagonalGaussian& r);

}  // namespace vib
