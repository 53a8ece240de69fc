#include "vib/evaluate/metric.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {

// Each in a file of vib/evaluate/metrics.
Metric error_metric();
Metric error_mean_z_metric();
Metric rmse_metric();
Metric r2_metric();
Metric nll_metric();
Metric ece_metric();
Metric distortion_metric();
Metric rate_metric();
Metric residual_metric();
Metric izy_metric();
Metric prior_components_metric();

namespace {

std::vector<Metric>& registry() {
  static std::vector<Metric> list = {error_metric(),
                                     error_mean_z_metric(),
                                     rmse_metric(),
                                     r2_metric(),
                                     nll_metric(),
                                     ece_metric(),
                                     distortion_metric(),
                                     rate_metric(),
                                     residual_metric(),
                                     izy_metric(),
                                     prior_components_metric()};
  return list;
}

}  // namespace

torch::Tensor ScoredBatch::sum(const torch::Tensor& x) const {
  const auto values = x.to(torch::kFloat64);
  return weights.defined() ? at::tensordot(weights.to(torch::kFloat64), values, {0}, {0}) : values.sum(0);
}

bool has_classes(const VibModelImpl& model, const Dataset&) { return model.likelihood().counts_errors(); }

const std::vector<Metric>& metrics() { return registry(); }

void add_metric(Metric metric) {
  const auto& key = metric.info.key;
  if (key.empty() || !metric.sums) throw Error(fmt::format("metric \"{}\": a metric has a key and sums", key));
  if (std::ranges::any_of(registry(), [&](const Metric& m) { return m.info.key == key; }))
    throw Error(fmt::format("metric \"{}\": there is one of that key already", key));
  registry().push_back(std::move(metric));
}

std::vector<MetricInfo> metric_infos() {
  std::vector<MetricInfo> infos;
  for (const auto& metric : metrics()) infos.push_back(metric.info);
  return infos;
}

}  // namespace vib
