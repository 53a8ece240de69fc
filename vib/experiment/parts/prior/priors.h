#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "vib/data/dataset.h"
#include "vib/experiment/data_description.h"
#include "vib/experiment/part.h"
#include "vib/nn/prior/prior.h"

namespace vib {

struct PriorPart : Part {
  /// r(z) for such data and a latent of so many dimensions. What it takes from training examples comes later.
  std::function<Prior(const std::any& options, const DataDescription& data, std::int64_t latent)> build;

  /// Has a density for each class, and prices the residual: there must be classes, and a rate.
  bool conditional = false;

  // What follows may be empty.

  /// Why it cannot be used with such data, of which inputs and shape alone are certain to be known.
  std::function<std::optional<Misfit>(const std::any& options, const DataDescription& data)> misfit;
  /// Why it cannot be trained on so many examples, in batches of which the smallest has `batch`.
  std::function<std::optional<Misfit>(const std::any& options, std::int64_t examples, std::int64_t batch)>
      training_misfit;
  /// Puts what it takes from training examples into `prior`, which it has built: by `seed` alone, once, before the
  /// first step. Resumed and finished runs have it among their tensors.
  std::function<void(torch::nn::Module& prior, const Dataset& train, std::uint64_t seed)> start;

  static const std::vector<PriorPart>& all();
};

/// Why the chosen prior cannot be used with such data.
std::optional<Misfit> find_misfit(const Chosen<PriorPart>& prior, const DataDescription& data);

/// Misfit of a part that draws `count` different training examples, as its key `key` says.
std::optional<Misfit> needs_examples(const char* key, std::int64_t count, std::int64_t examples);

}  // namespace vib
