#include "vib/evaluate/evaluate.h"

#include <algorithm>
#include <vector>

#include "vib/evaluate/draws.h"
#include "vib/evaluate/ensemble.h"

namespace vib {
namespace {

/// The metrics of a split, as sums over its examples, kept on the device and read once at the end.
class Tally {
 public:
  Tally(const VibModelImpl& model, const Dataset& data) {
    for (const auto& metric : metrics())
      if (!metric.exists || metric.exists(model, data)) metrics_.push_back(&metric);
  }

  /// What a model says of the examples `begin <= i < end`, in the data's units.
  void add(const VibModelImpl& model, const Prediction& p, const Dataset& data, std::int64_t begin, std::int64_t end) {
    const auto in_unit = in_data_units(p, data.target_mean, data.target_scale);
    const auto targets =
        data.target_mean.defined() ? data.targets.slice(0, begin, end) : data.batch_targets(begin, end);
    const auto weights = data.weights.defined() ? data.weights.slice(0, begin, end) : torch::Tensor();
    add({model, in_unit, targets, data, weights});
  }

  Numbers numbers(const Dataset& data) const {
    const auto sums = sums_.cpu();
    const auto* next = sums.const_data_ptr<double>();
    Numbers numbers;
    for (std::size_t i = 0; i < metrics_.size(); next += widths_[i++]) {
      const std::vector<double> own(next, next + widths_[i]);
      const auto& value = metrics_[i]->value;
      const auto number = value ? value(own, data) : std::optional(own[0] / data.total_weight());
      if (number) numbers.set(metrics_[i]->info.key, *number);
    }
    return numbers;
  }

 private:
  void add(const ScoredBatch& batch) {
    std::vector<torch::Tensor> sums;
    for (const auto* metric : metrics_) sums.push_back(metric->sums(batch).to(torch::kFloat64).reshape({-1}));
    if (widths_.empty())
      for (const auto& s : sums) widths_.push_back(s.size(0));
    const auto all = at::cat(sums);
    sums_ = sums_.defined() ? sums_ + all : all;
  }

  std::vector<const Metric*> metrics_;
  std::vector<std::int64_t> widths_;
  torch::Tensor sums_;
};

void check_stop(const EvaluateOptions& options) {
  if (options.stop() && options.stop()()) throw EvaluationStopped();
}

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
    check_stop(options);
    const auto noise = [&](std::int64_t m) {
      check_stop(options);
      return options.noise() ? (*options.noise())[m].slice(0, begin, end) : draws.noise(m, begin, end);
    };
    const auto targets = data.batch_targets(begin, end);
    const auto p = predict(*model, data.batch_inputs(begin, end), targets, options.samples(), noise);
    tally.add(*model, p, data, begin, end);
  }
  return {data.size(), model->deterministic() ? 1 : options.samples(), tally.numbers(data)};
}

EnsembleMetrics evaluate_ensemble(const std::vector<EnsembleMember>& members, const Dataset& data,
                                  const EvaluateOptions& options,
                                  const std::function<void(const Prediction&, const torch::Tensor&)>& see) {
  TORCH_CHECK(!members.empty() && data.size() > 0, "an ensemble is evaluated with members and examples (", data.name,
              ")");
  torch::NoGradGuard no_grad;
  auto kind = members.front().model;
  Tally together(*kind, data);
  std::vector<Tally> each(members.size(), together);
  for (std::int64_t begin = 0; begin < data.size(); begin += options.batch_size()) {
    const auto end = std::min(begin + options.batch_size(), data.size());
    const auto inputs = data.batch_inputs(begin, end), targets = data.batch_targets(begin, end);
    std::vector<Prediction> predictions;
    for (std::size_t i = 0; i < members.size(); ++i) {
      auto model = members[i].model;
      const EvaluationDraws draws(members[i].seed, model->latent(), data.inputs.device());
      check_stop(options);
      const auto noise = [&](std::int64_t m) {
        check_stop(options);
        return draws.noise(m, begin, end);
      };
      predictions.push_back(predict(*model, inputs, targets, options.samples(), noise));
      each[i].add(*model, predictions.back(), data, begin, end);
    }
    const auto mixture = mixture_of(predictions);
    together.add(*kind, mixture, data, begin, end);
    if (see) see(mixture, targets);
  }
  const auto metrics = [&](const Tally& tally) {
    return SplitMetrics{data.size(), kind->deterministic() ? 1 : options.samples(), tally.numbers(data)};
  };
  EnsembleMetrics result{metrics(together), {}};
  for (const auto& tally : each) result.members.push_back(metrics(tally));
  return result;
}

}  // namespace vib
