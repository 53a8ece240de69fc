#include "vib/experiment/parts/decoder/decoders.h"
#include "vib/experiment/parts/layer_keys.h"
#include "vib/experiment/parts/limits.h"

namespace vib {

DecoderPart mlp_decoder() {
  DecoderPart part;
  part.name = "mlp";
  part.meaning = "hidden layers first";
  part.options = DecoderOptions(/*latent=*/0, /*outputs=*/0).hidden({256});
  part.keys = taking<DecoderOptions>([](DecoderOptions& o, Section& s) {
    s.field("hidden", o.hidden(), each(layer_size()), "widths of the hidden layers");
    activation_key(s, o.activation());
  });
  part.build = taking<DecoderOptions>(
      [](DecoderOptions o, std::int64_t latent, std::int64_t outputs) { return o.latent(latent).outputs(outputs); });
  return part;
}

}  // namespace vib
