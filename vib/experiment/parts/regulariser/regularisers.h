#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "vib/config/section.h"
#include "vib/nn/vib_model.h"
#include "vib/objective/objective.h"

namespace vib {

/// A term beside the price of the rate. Any of them may be on: each is a key of its own below `objective`, its weight.
struct RegulariserPart {
  std::string name;  ///< the key, and the term's name in the log
  std::string meaning;
  Range weights = at_least(0);
  /// Why it is of no use to such a model; nothing where it is of use.
  std::function<std::optional<std::string>(const VibModelImpl& model)> misfit;
  Objective::Term term;

  static const std::vector<RegulariserPart>& all();
};

/// Misfit of a model whose targets are no classes or labels.
std::optional<std::string> needs_labels(const VibModelImpl& model);

/// The weights of all of them, 0 where one is off.
class Regularisers {
 public:
  Regularisers() : weights_(RegulariserPart::all().size(), 0.0) {}

  void describe(Section& s);
  /// Adds those that are on.
  void add_to(Objective& objective) const;
  /// Throws vib::ConfigError where one that is on is of no use to such a model.
  void check(const VibModelImpl& model) const;

 private:
  std::vector<double> weights_;
};

}  // namespace vib
