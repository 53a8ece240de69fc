#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <vector>

#include "vib/experiment/part.h"
#include "vib/nn/decoder.h"

namespace vib {

struct DecoderPart : Part {
  /// Of `latent` numbers in and `outputs` out.
  std::function<DecoderOptions(const std::any& options, std::int64_t latent, std::int64_t outputs)> build;

  static const std::vector<DecoderPart>& all();
};

}  // namespace vib
