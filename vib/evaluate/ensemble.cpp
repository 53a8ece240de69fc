#include "vib/evaluate/ensemble.h"

#include <cmath>

namespace vib {
namespace {

// Of a part of the predictions; undefined where they have none.
std::vector<torch::Tensor> all_of(const std::vector<Prediction>& members, torch::Tensor Prediction::*part) {
  std::vector<torch::Tensor> tensors;
  for (const auto& member : members)
    if ((member.*part).defined()) tensors.push_back(member.*part);
  return tensors;
}

torch::Tensor mean_over(const std::vector<Prediction>& members, torch::Tensor Prediction::*part) {
  const auto tensors = all_of(members, part);
  return tensors.empty() ? torch::Tensor() : at::stack(tensors).mean(0);
}

}  // namespace

Prediction mixture_of(const std::vector<Prediction>& members) {
  if (members.size() == 1) return members.front();
  Prediction p;
  for (const auto part :
       {&Prediction::mean, &Prediction::mean_z, &Prediction::rate, &Prediction::distortion, &Prediction::residual})
    p.*part = mean_over(members, part);
  if (const auto variances = all_of(members, &Prediction::variance); !variances.empty()) {
    const auto distances = at::stack(all_of(members, &Prediction::mean)) - p.mean;
    p.variance = (at::stack(variances) + distances.square()).mean(0);
  }
  if (const auto logs = all_of(members, &Prediction::log_mean); !logs.empty())
    p.log_mean = at::stack(logs).logsumexp(0) - std::log(static_cast<double>(logs.size()));
  return p;
}

SplitMetrics EnsembleMetrics::mean() const {
  auto result = members.front();
  for (const auto& [key, _] : members.front().numbers) {
    double sum = 0;
    for (const auto& member : members) sum += member[key];
    result.numbers.set(key, sum / static_cast<double>(members.size()));
  }
  return result;
}

}  // namespace vib
