#include "vib/experiment/json.h"

namespace vib {
namespace {

Json number(const std::optional<double>& x) { return x ? Json(*x) : Json(nullptr); }

/// Numbers that a likelihood does not have are left out.
void add(Json& object, const char* key, const std::optional<double>& x) {
  if (x) object[key] = *x;
}

}  // namespace

Json to_json(const SplitMetrics& m) {
  Json object = {{"examples", m.examples}, {"samples", m.samples}};
  add(object, "error", m.error);
  add(object, "error_mean_z", m.error_mean_z);
  add(object, "rmse", m.rmse);
  add(object, "r2", m.r2);
  object.update({{"nll_bits", m.nll_bits}, {"distortion_bits", m.distortion_bits}, {"rate_bits", number(m.rate_bits)}});
  add(object, "izy_bits", m.izy_bits);
  return object;
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
                 {"rate_bits", number(r.train.rate_bits)}}}};
  add(line["train"], "error", r.train.error);
  add(line["train"], "rmse", r.train.rmse);
  if (r.validation) line["validation"] = to_json(*r.validation);
  if (r.validation_raw) line["validation_raw"] = to_json(*r.validation_raw);
  return line;
}

}  // namespace vib
