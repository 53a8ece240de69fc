#include "vib/experiment/json.h"

namespace vib {
namespace {

Json number(const std::optional<double>& x) { return x ? Json(*x) : Json(nullptr); }

}  // namespace

Json to_json(const SplitMetrics& m) {
  return {{"examples", m.examples},           {"samples", m.samples},   {"error", m.error},
          {"error_mean_z", m.error_mean_z},   {"nll_bits", m.nll_bits}, {"distortion_bits", m.distortion_bits},
          {"rate_bits", number(m.rate_bits)}, {"izy_bits", m.izy_bits}};
}

Json to_json(const EpochRecord& r) {
  Json line = {{"epoch", r.epoch},
               {"step", r.step},
               {"seconds", r.seconds},
               {"replicas", r.replicas},
               {"beta", r.beta},
               {"lr", r.learning_rate},
               {"train",
                {{"loss_bits", r.train.loss_bits},
                 {"distortion_bits", r.train.distortion_bits},
                 {"rate_bits", number(r.train.rate_bits)},
                 {"error", r.train.error}}}};
  if (r.validation) line["validation"] = to_json(*r.validation);
  if (r.validation_raw) line["validation_raw"] = to_json(*r.validation_raw);
  return line;
}

}  // namespace vib
