/// Parts of somebody else's: a prior with a learned parameter, an encoder with a parameter of its own, an objective
/// with a term and a controller that has state, a metric, a stopping rule and a data set. None of them touches the
/// library.
///
///     extension train FILE [DIE_AFTER]   trains three replicas, saving their state to FILE.state after every epoch's
///                                        fifth step; goes on from there where it is; kills itself after so many steps
///     extension singles                  holds the replicas against single runs

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "vib/vib.h"

namespace {

/// A prior with heavier tails than a Gaussian's: a logistic distribution for each dimension, with one learned scale.
/// There is no closed form, so that the rate is a Monte Carlo mean.
struct LogisticPriorImpl : torch::nn::Cloneable<LogisticPriorImpl>, vib::Replicable {
  LogisticPriorImpl() { reset(); }
  void reset() override { log_scale = register_parameter("log_scale", torch::zeros({1})); }
  torch::Tensor log_prob(const torch::Tensor& z, const torch::Tensor&) const {
    const auto x = z * (-log_scale).exp();
    return (at::log_sigmoid(x) + at::log_sigmoid(-x) - log_scale).sum(-1);
  }
  std::vector<torch::Tensor*> tensor_members() override { return {&log_scale}; }
  torch::Tensor log_scale;
};
TORCH_MODULE(LogisticPrior);

/// A layer, and a gain of every feature behind it; hands its features out.
struct GainedLayerImpl : torch::nn::Cloneable<GainedLayerImpl>, vib::Replicable {
  GainedLayerImpl(std::int64_t in, std::int64_t out) : in(in), out(out) { reset(); }
  void reset() override {
    layer = register_module("layer", torch::nn::Linear(in, out));
    gain = register_parameter("gain", torch::ones({out}));
  }
  torch::Tensor forward(const torch::Tensor& x, vib::Taps* taps = nullptr) {
    const auto h = at::tanh(layer->forward(x)) * gain;
    vib::tap(taps, "gained", h);
    return vib::dropout(h, 0.1, is_training());
  }
  std::vector<torch::Tensor*> tensor_members() override { return {&gain}; }
  std::int64_t in, out;
  torch::nn::Linear layer{nullptr};
  torch::Tensor gain;
};
TORCH_MODULE(GainedLayer);

/// β follows a running mean of the rate: half a permille of it.
class ProportionalBeta : public vib::BetaController {
 public:
  explicit ProportionalBeta(torch::Device device)
      : mean_(torch::zeros({}, device)), beta_(torch::full({}, 1e-3, torch::dtype(torch::kFloat32).device(device))) {}
  torch::Tensor beta() const override { return beta_; }
  void update(const vib::TensorMap& means) override {
    mean_.lerp_(means["rate"], 0.1);
    beta_.copy_(5e-4 * mean_);
  }
  vib::TensorMap state() const override {
    vib::TensorMap state;
    state.insert("mean", mean_);
    state.insert("beta", beta_);
    return state;
  }

 private:
  torch::Tensor mean_, beta_;
};

vib::Objective objective() {
  vib::Objective objective;
  objective.add("spread", 1e-3, [](const vib::VibModelImpl&, const vib::VibOutput& output, const vib::Batch&) {
    return output.posterior.mean().square().sum(-1);
  });
  return objective;
}

vib::Metric brier() {
  vib::Metric metric;
  metric.info.key = "my_brier";
  metric.info.name = "Brier";
  metric.info.words = "Brier score";
  metric.exists = vib::has_classes;
  metric.sums = [](const vib::ScoredBatch& b) {
    const auto& p = b.prediction.mean;
    return b.sum((p - torch::one_hot(b.targets, p.size(-1))).square().sum(-1));
  };
  return metric;
}

/// Three arms of a spiral.
vib::Dataset spirals(std::int64_t examples, std::uint64_t seed) {
  const auto generator = vib::make_generator(torch::kCPU, seed);
  vib::Dataset data;
  data.targets = torch::randint(3, {examples}, generator, torch::kInt64);
  const auto radius = torch::rand({examples}, generator, torch::kFloat32);
  const auto angle = 3 * radius + 2.0944 * data.targets + 0.2 * torch::randn({examples}, generator, torch::kFloat32);
  data.inputs = at::stack({radius * angle.cos(), radius * angle.sin()}, 1);
  data.classes = 3;
  data.name = "spirals";
  return data;
}

vib::VibModel model(std::uint64_t seed) {
  torch::manual_seed(seed);
  return vib::VibModel(GainedLayer(2, 32), vib::VibModelOptions(32, 3, 3).prior(LogisticPrior()));
}

vib::Beta beta() {
  return vib::Beta([](torch::Device device) { return std::make_shared<ProportionalBeta>(device); });
}

/// A stopping rule: good enough for all.
bool enough(const vib::Trainer& trainer) {
  for (std::int64_t r = 0; r < trainer.replicas(); ++r)
    if ((*trainer.history(r).back().validation)["my_brier"] > 0.35) return false;
  return true;
}

vib::TrainerOptions options() {
  return vib::TrainerOptions()
      .epochs(60)
      .batch_size(50)
      .learning_rate(1e-2)
      .objective(objective())
      .beta(beta())
      .monitor("my_brier")
      .ema(0.9)
      .order_seed(1)
      .enough(enough);
}

constexpr std::uint64_t kSeeds[] = {1, 2, 3};

std::vector<vib::Replica> replicas() {
  std::vector<vib::Replica> replicas;
  for (const auto seed : kSeeds) replicas.push_back({model(seed), beta(), seed, seed});
  return replicas;
}

int train(const std::string& file, long die_after) {
  const auto state = file + ".state";
  long steps = 0;
  vib::Trainer trainer(replicas(), options().on_step([&](const vib::Trainer& t) {
    if (++steps == die_after) std::raise(SIGKILL);
    if (t.step_in_epoch() == 5) vib::save_tensors(state, t.state(/*snapshot=*/false));
  }));
  if (std::filesystem::exists(state)) trainer.load_state(vib::load_tensors(state), state);
  trainer.fit(spirals(500, 1), spirals(200, 2));
  vib::TensorMap all;
  for (std::int64_t r = 0; r < trainer.replicas(); ++r) {
    for (const auto& item : trainer.chosen_weights(r).averaged)
      all.insert(std::to_string(r) + "." + item.key(), item.value());
    const auto& history = trainer.history(r);
    std::printf("replica %d: %zu epochs, best %d, brier %.4f, spread %.3f bits, beta %.6f\n", static_cast<int>(r),
                history.size(), static_cast<int>(trainer.best_epoch(r)), (*history.back().validation)["my_brier"],
                history.back().train["spread_bits"], history.back().beta);
  }
  vib::save_tensors(file, all);
  return trainer.finished() ? 0 : 1;
}

int singles() {
  const auto data = spirals(500, 1), validation = spirals(200, 2);
  const auto few = options().epochs(4).enough(nullptr);
  vib::Trainer group(replicas(), few);
  group.fit(data, validation);
  double worst = 0;
  for (std::int64_t r = 0; r < 3; ++r) {
    auto alone = vib::TrainerOptions(few).seed(kSeeds[r]).evaluate(vib::EvaluateOptions().seed(kSeeds[r]));
    vib::Trainer single(model(kSeeds[r]), alone);
    single.fit(data, validation);
    const auto a = group.chosen_weights(r).raw, b = single.chosen_weights().raw;
    for (const auto& item : a) worst = std::max(worst, (item.value() - b[item.key()]).abs().max().item<double>());
    const auto &x = group.history(r).back(), &y = single.history().back();
    worst = std::max(worst, std::abs((*x.validation)["my_brier"] - (*y.validation)["my_brier"]));
    worst = std::max(worst, std::abs(x.beta - y.beta));
  }
  std::printf("largest difference from single runs: %.1e\n", worst);
  return worst < 1e-4 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  vib::add_metric(brier());
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "train" && argc > 2) return train(argv[2], argc > 3 ? std::atol(argv[3]) : -1);
  if (mode == "singles") return singles();
  return 2;
}
