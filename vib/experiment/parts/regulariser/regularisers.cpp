#include "vib/experiment/parts/regulariser/regularisers.h"

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {

RegulariserPart label_smoothing_part();
RegulariserPart confidence_penalty_part();

const std::vector<RegulariserPart>& RegulariserPart::all() {
  static const std::vector<RegulariserPart> parts = {label_smoothing_part(), confidence_penalty_part()};
  return parts;
}

std::optional<std::string> needs_labels(const VibModelImpl& model) {
  if (model.likelihood().counts_errors()) return std::nullopt;
  return fmt::format("is of classes and labels, and the likelihood is {}", model.likelihood().name());
}

void Regularisers::describe(Section& s) {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const auto& part = RegulariserPart::all()[i];
    s.field(part.name, weights_[i], part.weights, part.meaning);
  }
}

void Regularisers::add_to(Objective& objective) const {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const auto& part = RegulariserPart::all()[i];
    if (weights_[i] > 0) objective.add(part.name, weights_[i], part.term);
  }
}

void Regularisers::check(const VibModelImpl& model) const {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const auto& part = RegulariserPart::all()[i];
    if (weights_[i] == 0) continue;
    if (const auto reason = part.misfit(model))
      throw ConfigError(fmt::format("objective.{}: {}: {}; allowed: 0", part.name, weights_[i], *reason));
  }
}

}  // namespace vib
