#include "vib/experiment/data_config.h"

namespace vib {

void describe(Section& s, DataConfig& o) {
  o.set.describe(s, "name", "the data set");
  s.choice("target", o.target,
           {{"label", "what comes with the inputs", nullptr},
            {"input", "the inputs themselves, to be reconstructed: a variational autoencoder", nullptr}},
           "what is predicted");
  s.field("validation", o.validation, at_least(0),
          "examples held out of the training part to choose the best epoch by; 0: none, the last epoch is reported");
}

void check(const DataConfig& o, const ConfigOrigins& origins) {
  if (const auto& part = o.set.part(); part.check) part.check(o.set.options(), o, origins);
}

}  // namespace vib
