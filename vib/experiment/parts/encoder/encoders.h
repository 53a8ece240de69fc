#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "vib/experiment/data_description.h"
#include "vib/experiment/part.h"
#include "vib/nn/backbone.h"

namespace vib {

/// The network from an input to features, with its initial weights.
struct Encoder {
  template <typename Impl>
  explicit Encoder(const torch::nn::ModuleHolder<Impl>& module)
      : backbone(module), features(module->options.features()) {}

  Backbone backbone;
  std::int64_t features;
};

struct EncoderPart : Part {
  /// Whether it can read such data, of which inputs and shape alone are certain to be known.
  std::function<std::optional<Misfit>(const std::any& options, const DataDescription& data)> misfit;
  std::function<Encoder(const std::any& options, const DataDescription& data)> build;

  static const std::vector<EncoderPart>& all();
};

/// Misfits of data that are words, and of data that are not; none otherwise.
std::optional<Misfit> needs_numbers(const DataDescription& data);
std::optional<Misfit> needs_words(const DataDescription& data);

/// Why the chosen encoder cannot read the data, with those that could.
std::optional<Misfit> find_misfit(const Chosen<EncoderPart>& encoder, const DataDescription& data);

}  // namespace vib
