#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/evaluate/evaluate.h"
#include "vib/evaluate/predict.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// What several models say together, each as much as the others: of probabilities, values, rate, residual and
/// distortion the mean, of `variance` that of the mixture, of `log_mean` the log of the mean likelihood. No
/// responsibilities: the components of one prior are not those of another.
VIB_API Prediction mixture_of(const std::vector<Prediction>& members);

/// A model and the seed that it is evaluated with (EvaluateOptions::seed).
struct EnsembleMember {
  VibModel model;
  std::uint64_t seed = 0;
};

struct EnsembleMetrics {
  SplitMetrics together;              ///< of mixture_of() their predictions
  std::vector<SplitMetrics> members;  ///< each as evaluate() gives it

  /// The mean of the members' numbers.
  SplitMetrics mean() const;
};

/// Models of one kind, evaluated each and together. `see`, if given, is shown every batch of the split: what they say
/// together, and the targets.
VIB_API EnsembleMetrics
evaluate_ensemble(const std::vector<EnsembleMember>& members, const Dataset& data, const EvaluateOptions& options = {},
                  const std::function<void(const Prediction& together, const torch::Tensor& targets)>& see = nullptr);

}  // namespace vib
