#include "vib/experiment/parts/decoder/decoders.h"

namespace vib {

DecoderPart linear_decoder() {
  DecoderPart part;
  part.name = "linear";
  part.meaning = "W z + b, the paper's";
  part.build = [](const std::any&, std::int64_t latent, std::int64_t outputs) {
    return DecoderOptions(latent, outputs);
  };
  return part;
}

}  // namespace vib
