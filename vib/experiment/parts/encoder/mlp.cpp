#include "vib/nn/encoder/mlp.h"

#include "vib/experiment/parts/encoder/encoders.h"
#include "vib/experiment/parts/layer_keys.h"

namespace vib {

EncoderPart mlp_encoder() {
  EncoderPart part;
  part.name = "mlp";
  part.meaning = "fully connected layers";
  part.options = MlpOptions(/*in=*/0).hidden({1024, 1024});
  part.keys = taking<MlpOptions>([](MlpOptions& o, Section& s) {
    hidden_key(s, o.hidden());
    activation_key(s, o.activation());
    dropout_key(s, o.dropout(), "share of each hidden layer's units that are dropped in training");
    input_dropout_key(s, o.input_dropout());
  });
  part.misfit = [](const std::any&, const DataDescription& data) { return needs_numbers(data); };
  part.build =
      taking<MlpOptions>([](MlpOptions o, const DataDescription& data) { return Encoder(Mlp(o.in(data.numel()))); });
  return part;
}

}  // namespace vib
