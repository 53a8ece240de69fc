#include "vib/experiment/data_config.h"

namespace vib {

void describe(Section& s, DataConfig& o) {
  o.set.describe(s, "name", "the data set");
  s.choice("target", o.target,
           {{"label", "what comes with the inputs", nullptr},
            {"input", "the inputs themselves, to be reconstructed: a variational autoencoder", nullptr}},
           "what is predicted");
  s.field("validation", o.validation,
          matching("auto|[0-9]{1,18}|0?\\.[0-9]+", "auto, a number of examples, or a share such as 0.2"),
          "examples held out of the training part to choose the best epoch by; auto: a fifth, and at most 5,000; 0: "
          "none, the last epoch is reported");
  s.field("split_seed", o.split_seed, "which examples are held out, and taken for test at random");
  s.choice("class_weights", o.class_weights,
           {{"none", ClassWeights::none, "every example counts the same, or as much as data.weight says"},
            {"balanced", ClassWeights::balanced, "in training every class counts the same in all, however rare it is"}},
           "what a class counts");
}

HoldOut DataConfig::held_out() const {
  if (validation == "auto") return {};
  const auto number = std::stod(validation);
  return validation.find('.') == std::string::npos ? HoldOut(std::stoll(validation)) : HoldOut(number);
}

bool DataConfig::holds_out() const { return validation == "auto" || std::stod(validation) > 0; }

void check(const DataConfig& o, const ConfigOrigins& origins) {
  if (const auto& part = o.set.part(); part.check) part.check(o.set.options(), o, origins);
}

}  // namespace vib
