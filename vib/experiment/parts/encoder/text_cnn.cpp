#include "vib/nn/encoder/text_cnn.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/experiment/parts/encoder/encoders.h"
#include "vib/experiment/parts/layer_keys.h"
#include "vib/experiment/parts/limits.h"

namespace vib {

EncoderPart text_cnn_encoder() {
  EncoderPart part;
  part.name = "text_cnn";
  part.meaning = "words: embedding, 1-d convolution, maximum over time with padding masked (Kim 2014)";
  part.options = TextCnnOptions(/*vocabulary=*/0);
  part.keys = taking<TextCnnOptions>([](TextCnnOptions& o, Section& s) {
    embedding_key(s, o.embedding());
    s.field("filters", o.filters(), layer_size(), "filters of the convolution");
    s.field("width", o.width(), layer_size(), "words that a filter sees at a time");
    dropout_key(s, o.dropout(), "share of the features that are dropped in training");
  });
  part.misfit =
      taking<TextCnnOptions>([](const TextCnnOptions& o, const DataDescription& data) -> std::optional<Misfit> {
        if (auto misfit = needs_words(data)) return misfit;
        if (data.shape.size() == 1 && data.shape[0] >= o.width()) return std::nullopt;
        return Misfit{"width",
                      fmt::format("{}: more words than a text of [{}] has", o.width(), fmt::join(data.shape, ", "))};
      });
  part.build = taking<TextCnnOptions>(
      [](TextCnnOptions o, const DataDescription& data) { return Encoder(TextCnn(o.vocabulary(data.tokens))); });
  return part;
}

}  // namespace vib
