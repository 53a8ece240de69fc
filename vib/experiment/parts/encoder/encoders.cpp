#include "vib/experiment/parts/encoder/encoders.h"

#include <fmt/format.h>

#include "vib/config/suggestion.h"

namespace vib {

EncoderPart mlp_encoder();
EncoderPart conv_encoder();
EncoderPart text_cnn_encoder();
EncoderPart text_mean_encoder();

const std::vector<EncoderPart>& EncoderPart::all() {
  static const std::vector<EncoderPart> parts = {mlp_encoder(), conv_encoder(), text_cnn_encoder(),
                                                 text_mean_encoder()};
  return parts;
}

std::optional<Misfit> needs_numbers(const DataDescription& data) {
  if (data.inputs != DataDescription::Inputs::kTokens) return std::nullopt;
  if (data.tokens == 0 || !data.vocabulary.empty()) return Misfit{"type", "reads numbers, and the data are words"};
  return Misfit{"type", "reads numbers, and whole numbers in a tensor are taken for token ids",
                "save them as float32 where they are numbers (x.astype(\"float32\") in NumPy)"};
}

std::optional<Misfit> needs_words(const DataDescription& data) {
  if (data.inputs == DataDescription::Inputs::kTokens) return std::nullopt;
  return Misfit{"type", "reads words, and the data are numbers"};
}

std::optional<Misfit> find_misfit(const Chosen<EncoderPart>& encoder, const DataDescription& data) {
  auto misfit = encoder.part().misfit(encoder.options(), data);
  if (!misfit || misfit->key != "type") return misfit;
  std::vector<std::string> others;
  for (const auto& other : EncoderPart::all())
    if (!other.misfit(other.options, data)) others.push_back(other.name);
  misfit->reason = fmt::format("{}: {}{}{}{}", encoder.name(), misfit->reason,
                               others.empty() ? "" : fmt::format("; use {}", listed(others)),
                               misfit->remedy.empty() ? ""
                               : others.empty()       ? "; "
                                                      : ", or ",
                               misfit->remedy);
  return misfit;
}

}  // namespace vib
