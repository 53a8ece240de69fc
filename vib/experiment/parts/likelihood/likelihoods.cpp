#include "vib/experiment/parts/likelihood/likelihoods.h"

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {

LikelihoodPart auto_likelihood();
LikelihoodPart categorical_likelihood();
LikelihoodPart bernoulli_likelihood();
LikelihoodPart gaussian_likelihood();
LikelihoodPart gaussian_shared_likelihood();
LikelihoodPart gaussian_learned_likelihood();

const std::vector<LikelihoodPart>& LikelihoodPart::all() {
  static const std::vector<LikelihoodPart> parts = {
      auto_likelihood(),     categorical_likelihood(),     bernoulli_likelihood(),
      gaussian_likelihood(), gaussian_shared_likelihood(), gaussian_learned_likelihood()};
  return parts;
}

std::string targets_of(const DataDescription& data) {
  if (data.reconstructs) return "the inputs";
  return data.classes > 0 ? fmt::format("{} classes", data.classes) : fmt::format("{} values", data.values);
}

void refuse_likelihood(const std::string& name, const std::string& reason) {
  throw ConfigError(fmt::format("model.likelihood.type: {}: {}", name, reason));
}

void require_values(const std::string& name, const DataDescription& data) {
  if (data.classes > 0) refuse_likelihood(name, fmt::format("needs values; the targets are {}", targets_of(data)));
}

}  // namespace vib
