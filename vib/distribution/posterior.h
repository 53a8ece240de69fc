#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/distribution/gaussian.h"

namespace vib {

/// q(z|x), one for each example: a point mass (the deterministic baseline) or a diagonal Gaussian. Which of them an
/// encoder emits is known only when the program runs; this is either.
class VIB_API Posterior {
 public:
  Posterior() = default;
  Posterior(PointMass point) : distribution_(std::move(point)) {}               // NOLINT: a kind of posterior
  Posterior(DiagonalGaussian gaussian) : distribution_(std::move(gaussian)) {}  // NOLINT: a kind of posterior

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

  /// `draws` reparameterised draws, `[M, ..., K]`. A point mass gives one: `[1, ..., K]`.
  torch::Tensor sample(std::int64_t draws, std::optional<torch::Generator> generator = std::nullopt) const;
  /// Draws by the caller's standard normal noise ε, `[..., K]` or `[M, ..., K]`. A point mass gives its point, without
  /// looking at ε.
  torch::Tensor sample_with(const torch::Tensor& noise) const;

  /// log q(z|x) in nats, summed over the last dimension: `[..., K]` -> `[...]`. Throws c10::Error for a point mass.
  torch::Tensor log_prob(const torch::Tensor& z) const;

 private:
  const DiagonalGaussian& spread(const char* what) const;

  std::variant<PointMass, DiagonalGaussian> distribution_;
};

}  // namespace vib
