#include "vib/experiment/json.h"

#include <algorithm>

#include "vib/evaluate/metric_info.h"

namespace vib {
namespace {

/// Numbers that do not apply are left out, but for those that every reader may ask for.
void add(Json& object, const Numbers& numbers) {
  const auto infos = metric_infos();
  for (const auto& [key, value] : numbers) object[key] = value;
  for (const auto& info : infos)
    if (info.null_if_absent && !numbers.contains(info.key)) object[info.key] = nullptr;
}

}  // namespace

Json to_json(const SplitMetrics& m) {
  Json object = {{"examples", m.examples}, {"samples", m.samples}};
  add(object, m.numbers);
  return object;
}

Json to_json(const EpochRecord& r) {
  Json line = {{"epoch", r.epoch},       {"step", r.step}, {"seconds", r.seconds},
               {"replicas", r.replicas}, {"beta", r.beta}, {"lr", r.learning_rate}};
  line["train"] = Json::object();
  add(line["train"], r.train);
  if (r.validation) line["validation"] = to_json(*r.validation);
  if (r.validation_raw) line["validation_raw"] = to_json(*r.validation_raw);
  return line;
}

}  // namespace vib
