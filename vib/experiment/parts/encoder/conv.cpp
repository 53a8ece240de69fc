#include "vib/nn/encoder/conv.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/experiment/parts/encoder/encoders.h"
#include "vib/experiment/parts/layer_keys.h"
#include "vib/experiment/parts/limits.h"

namespace vib {
namespace {

/// [height, width, channels]: a square image in grey, in colour, or in colour and alpha.
bool channels_look_last(const std::vector<std::int64_t>& shape) {
  return shape[0] == shape[1] && shape[0] > 4 && (shape[2] == 1 || shape[2] == 3 || shape[2] == 4);
}

}  // namespace

EncoderPart conv_encoder() {
  EncoderPart part;
  part.name = "conv";
  part.meaning = "3x3 convolutions, each with a 2x2 max pool, then fully connected layers";
  part.options = ConvEncoderOptions(/*channels_in=*/0, /*height=*/0, /*width=*/0);
  part.keys = taking<ConvEncoderOptions>([](ConvEncoderOptions& o, Section& s) {
    s.field("channels", o.channels(), each(layer_size()), "output channels of the convolutions");
    hidden_key(s, o.hidden());
    activation_key(s, o.activation());
    dropout_key(s, o.dropout(), "share of the fully connected layers' units that are dropped in training");
    input_dropout_key(s, o.input_dropout());
  });
  part.misfit =
      taking<ConvEncoderOptions>([](const ConvEncoderOptions& o, const DataDescription& data) -> std::optional<Misfit> {
        if (auto misfit = needs_numbers(data)) return misfit;
        const auto& shape = data.shape;
        if (shape.size() != 3)
          return Misfit{
              "type", fmt::format("needs images [channels, height, width]; an input is [{}]", fmt::join(shape, ", "))};
        if (channels_look_last(shape))
          return Misfit{"type",
                        fmt::format("reads images as [channels, height, width], and [{}] look as if the channels came "
                                    "last",
                                    fmt::join(shape, ", ")),
                        "put the channels first (x.transpose(0, 3, 1, 2) in NumPy)"};
        const auto most = std::bit_width(static_cast<std::uint64_t>(std::min(shape[1], shape[2]))) - 1;
        if (o.channels().size() <= static_cast<std::size_t>(most)) return std::nullopt;
        return Misfit{"channels", fmt::format("{} convolutions halve an image of {} x {} to nothing; at most {}",
                                              o.channels().size(), shape[1], shape[2], most)};
      });
  part.build = taking<ConvEncoderOptions>([](ConvEncoderOptions o, const DataDescription& data) {
    return Encoder(ConvEncoder(o.channels_in(data.shape[0]).height(data.shape[1]).width(data.shape[2])));
  });
  return part;
}

}  // namespace vib
