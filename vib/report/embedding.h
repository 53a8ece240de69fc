#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "vib/data/dataset.h"
#include "vib/data/targets.h"
#include "vib/nn/vib_model.h"
#include "vib/report/plot/svg.h"

namespace vib {

/// Where a 2-dimensional latent puts an example: the Gaussian q(z|x).
struct EmbeddedExample {
  double target = 0;  ///< its class, or the first of its values
  std::array<double, 2> mean = {};
  std::array<double, 2> stddev = {};  ///< NaN for a deterministic model
  double correlation = 0;             ///< of z_1 and z_2; 0 unless the covariance is full
};

/// The first `most` examples of `data`, in evaluation mode and without gradients; the model's modes are restored.
/// Throws c10::Error unless the model's latent has 2 dimensions and the data have targets.
std::vector<EmbeddedExample> embed(VibModel model, const Dataset& data, std::int64_t most);

/// The means as points and, around the first few of each colour, the ellipse that holds 95 % of q(z|x); dashed, the
/// circle that holds 95 % of N(0, I). Equal scales. The colour tells the class, of the 10 most frequent ones, or
/// where targets are values, in which fifth of the examples the value lies.
Plot embedding_plot(const std::vector<EmbeddedExample>& examples, TargetKind targets = TargetKind::classes);

/// `example,label,mu_1,mu_2,sigma_1,sigma_2,rho`, a row for each point, `target` in the place of the label where it is
/// a value; an empty field is a number that is not there.
std::string embedding_csv(const std::vector<EmbeddedExample>& examples, TargetKind targets = TargetKind::classes);

}  // namespace vib
