#include "vib/experiment/parts/decoder/decoders.h"

namespace vib {

DecoderPart linear_decoder();
DecoderPart mlp_decoder();

const std::vector<DecoderPart>& DecoderPart::all() {
  static const std::vector<DecoderPart> parts = {linear_decoder(), mlp_decoder()};
  return parts;
}

}  // namespace vib
