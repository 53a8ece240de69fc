#include "vib/nn/encoder/text_mean.h"

#include "vib/experiment/parts/encoder/encoders.h"
#include "vib/experiment/parts/layer_keys.h"

namespace vib {

EncoderPart text_mean_encoder() {
  EncoderPart part;
  part.name = "text_mean";
  part.meaning = "words: the mean of their embeddings, then fully connected layers; fast";
  part.options = TextMeanOptions(/*vocabulary=*/0);
  part.keys = taking<TextMeanOptions>([](TextMeanOptions& o, Section& s) {
    embedding_key(s, o.embedding());
    hidden_key(s, o.hidden());
    activation_key(s, o.activation());
    dropout_key(s, o.dropout(), "share of the mean's values that are dropped in training");
  });
  part.misfit = [](const std::any&, const DataDescription& data) { return needs_words(data); };
  part.build = taking<TextMeanOptions>(
      [](TextMeanOptions o, const DataDescription& data) { return Encoder(TextMean(o.vocabulary(data.tokens))); });
  return part;
}

}  // namespace vib
