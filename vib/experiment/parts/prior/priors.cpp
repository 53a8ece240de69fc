#include "vib/experiment/parts/prior/priors.h"

#include <fmt/format.h>

namespace vib {

PriorPart standard_normal_prior();
PriorPart gaussian_prior();
PriorPart mixture_prior();
PriorPart vamp_prior();
PriorPart aggregate_prior();
PriorPart class_conditional_prior();

const std::vector<PriorPart>& PriorPart::all() {
  static const std::vector<PriorPart> parts = {standard_normal_prior(), gaussian_prior(),
                                               mixture_prior(),         vamp_prior(),
                                               aggregate_prior(),       class_conditional_prior()};
  return parts;
}

std::optional<Misfit> find_misfit(const Chosen<PriorPart>& prior, const DataDescription& data) {
  return prior.part().misfit ? prior.part().misfit(prior.options(), data) : std::nullopt;
}

std::optional<Misfit> needs_examples(const char* key, std::int64_t count, std::int64_t examples) {
  if (count <= examples) return std::nullopt;
  return Misfit{key, fmt::format("{} different training examples are needed, and there are {}; allowed: at most {}",
                                 count, examples, examples)};
}

}  // namespace vib
