#pragma once

#include <string>

#include <torch/nn/module.h>

#include "vib/export/graph.h"

namespace vib {

/// A Gaussian posterior, by the names of its values `[B, K]`.
struct PosteriorGraph {
  std::string mean;           ///< μ
  std::string log_variance;   ///< log σ², of a full covariance log L_ii²
  std::string squares_below;  ///< Σ_{j<i} L_ij²; empty where the covariance is diagonal
};

/// The steps from a posterior to KL(q || r) in bits, `[B]`, for the model's prior, which has a closed form. Throws
/// vib::StateError for a prior that is none of this library's.
std::string graph_of_rate_bits(GraphBuilder& g, const PosteriorGraph& q, const torch::nn::Module& prior);

/// What the factor of the covariance adds to the square of a distance from the prior's mean: `distance`² or
/// `distance`² + Σ_{j<i} L_ij².
std::string square_with_spread(GraphBuilder& g, const std::string& distance, const PosteriorGraph& q);

}  // namespace vib
