#include "vib/evaluate/evaluate.h"

#include <algorithm>
#include <vector>

#include "vib/evaluate/draws.h"

namespace vib {
namespace {

/// The metrics of a split, as sums over its examples, kept on the device and read once at the end.
class Tally {
 public:
  Tally(const VibModelImpl& model, const Dataset& data) {
    for (const auto& metric : metrics())
      if (!metric.exists || metric.exists(model, data)) metrics_.push_back(&metric);
  }

  void add(const ScoredBatch& batch) {
    std::vector<torch::Tensor> sums;
    for (const auto* metric : metrics_) sums.push_back(metric->sums(batch).to(torch::kFloat64).reshape({-1}));
    if (widths_.empty())
      for (const auto& s : sums) widths_.push_back(s.size(0));
    const auto all = at::cat(sums);
    sums_ = sums_.defined() ? sums_ + all : all;
  }

  Numbers numbers(const Dataset& data) const {
    const auto sums = sums_.cpu();
    const auto* next = sums.const_data_ptr<double>();
    Numbers numbers;
    for (std::size_t i = 0; i < metrics_.size(); next += widths_[i++]) {
      const std::vector<double> own(next, next + widths_[i]);
      const auto& value = metrics_[i]->value;
      const auto number = value ? value(own, data) : std::optional(own[0] / static_cast<double>(data.size()));
      if (number) numbers.set(metrics_[i]->info.key, *number);
    }
    return numbers;
  }

 private:
  std::vector<const Metric*> metrics_;
  std::vector<std::int64_t> widths_;
  torch::Tensor sums_;
};

}  // namespace

SplitMetrics evaluate(VibModel model, const Dataset& data, const EvaluateOptions& options) {
  TORCH_CHECK(data.size() > 0, "cannot evaluate on an empty split (", data.name, ")");
  TORCH_CHECK(options.samples() >= 1 && options.batch_size() >= 1,
              "evaluation needs samples >= 1 and batch_size >= 1, got ", options.samples(), " and ",
              options.batch_size());
  const EvaluationDraws draws(options.seed(), model->latent(), data.inputs.device());

  torch::NoGradGuard no_grad;
  Tally tally(*model, data);
  for (std::int64_t begin = 0; begin < data.size(); begin += options.batch_size()) {
    const auto end = std::min(begin + options.batch_size(), data.size());
    const auto noise = [&](std::int64_t m) {
      return options.noise() ? (*options.noise())[m].slice(0, begin, end) : draws.noise(m, begin, end);
    };
    const auto targets = data.batch_targets(begin, end);
    const auto p = predict(*model, data.batch_inputs(begin, end), targets, options.samples(), noise);
    const auto in_unit = in_data_units(p, data.target_mean, data.target_scale);
    tally.add({*model, in_unit, data.target_mean.defined() ? data.targets.slice(0, begin, end) : targets, data});
  }
  return {data.size(), model->deterministic() ? 1 : options.samples(), tally.numbers(data)};
}

}  // namespace vib
