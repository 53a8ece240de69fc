#include "vib/train/trainer.h"

#include <chrono>
#include <cmath>
#include <utility>

#include <ATen/Context.h>
#include <fmt/format.h>

#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/core/random.h"
#include "vib/core/units.h"
#include "vib/nn/weights.h"
#include "vib/objective/objective.h"

namespace vib {
namespace {

// Looking at the log makes the device wait, so a loss that is no number is noticed within this many steps.
constexpr std::int64_t kFiniteCheckInterval = 100;

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

double monitored(const SplitMetrics& metrics, Monitor monitor, double beta) {
  switch (monitor) {
    case Monitor::kNll: return metrics.nll_bits;
    case Monitor::kError: return metrics.error;
    case Monitor::kDistortion: return metrics.distortion_bits;
    case Monitor::kLoss: return metrics.distortion_bits + beta * metrics.rate_bits.value_or(0.0);
  }
  TORCH_CHECK(false, "unknown monitor");
}

void append(TensorMap& map, const std::string& prefix, const TensorMap& part) {
  for (const auto& item : part)
    map.insert(prefix + item.key(), item.value().detach().to(torch::kCPU, item.value().scalar_type(), false, true));
}

TensorMap extract(const TensorMap& map, const std::string& prefix) {
  TensorMap part;
  for (const auto& item : map)
    if (item.key().starts_with(prefix)) part.insert(item.key().substr(prefix.size()), item.value());
  return part;
}

const torch::Tensor& required(const TensorMap& map, const std::string& name, const std::string& source) {
  const auto* tensor = map.find(name);
  if (tensor == nullptr) throw StateError(fmt::format("{}: no \"{}\" in it: not a training state", source, name));
  return *tensor;
}

torch::Generator default_generator(torch::Device device) { return at::globalContext().defaultGenerator(device); }

torch::Device device_of(const torch::nn::Module& module) { return module.parameters().front().device(); }

}  // namespace

Trainer::Trainer(VibClassifier model, TrainerOptions options)
    : model_(std::move(model)),
      options_(std::move(options)),
      parameters_(model_->parameters()),
      weights_(*model_, options_.precision()),
      optimizer_(weights_.masters(), options_.optimizer()),
      average_(weights_.masters(), options_.ema()),
      noise_(make_generator(device_of(*model_), derive_seed(options_.seed(), Stream::noise))) {
  TORCH_CHECK(options_.epochs() >= 1 && options_.batch_size() >= 1 && options_.samples() >= 1,
              "training needs epochs, batch_size and samples of at least 1");
  // Dropout and other layers draw from LibTorch's own generator: it is seeded here, and saved with the state.
  default_generator(noise_.device()).set_current_seed(derive_seed(options_.seed(), Stream::dropout));
}

const History& Trainer::fit(const Dataset& train, const Dataset& validation) {
  TORCH_CHECK(train.size() > 0, "there is nothing to train on: ", train.name, " is empty");
  batches_ = batch_ranges(train.size(), options_.batch_size(), options_.drop_last());
  TORCH_CHECK(!batches_.empty(), "drop_last leaves no batch: batch_size ", options_.batch_size(), " exceeds the ",
              train.size(), " examples of ", train.name);

  while (!finished_) {
    if (!train_epoch(train)) return history_;
    finish_epoch(validation);
  }
  load_weights(*model_, chosen_weights().averaged, "the chosen weights");
  return history_;
}

// False where `stop` ended it early.
bool Trainer::train_epoch(const Dataset& data) {
  const auto device = device_of(*model_);
  const auto order = epoch_order(data.size(), derive_seed(options_.seed(), Stream::data_order), epoch_).to(device);
  const auto rows_before = log_.read(step_in_epoch_);
  log_ = StepLog(steps_per_epoch(), device);
  log_.restore(rows_before);
  model_->train();

  const ParameterSwap computing_with(parameters_, weights_.working());
  const Stopwatch stopwatch;
  const double seconds_before = seconds_in_epoch_;
  while (step_in_epoch_ < steps_per_epoch()) {
    if (options_.stop() && options_.stop()()) return false;
    const auto [begin, end] = batches_[step_in_epoch_];
    train_step(data, order.slice(0, begin, end));
    ++step_in_epoch_;
    ++step_;
    seconds_in_epoch_ = seconds_before + stopwatch.seconds();
    if (step_in_epoch_ % kFiniteCheckInterval == 0) check_finite();
    if (options_.on_step()) options_.on_step()(*this);
  }
  check_finite();
  seconds_in_epoch_ = seconds_before + stopwatch.seconds();
  return true;
}

void Trainer::train_step(const Dataset& data, const torch::Tensor& index) {
  const auto now = time_of(step_in_epoch_);
  const auto inputs = data.batch_inputs(index);
  const auto targets = data.targets.index_select(0, index);

  const AutocastGuard autocast(inputs.device(), options_.precision());
  const auto output = model_->forward(inputs, options_.samples(), noise_);
  const auto terms = vib_terms(output, targets);
  terms.loss(options_.beta().at(now)).backward();

  std::vector<torch::Tensor> gradients;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    auto& gradient = parameters_[i].mutable_grad();
    gradients.push_back(gradient.defined() ? gradient.to(weights_.masters()[i].scalar_type()) : gradient);
    gradient.reset();
  }
  optimizer_.step(gradients, options_.learning_rate().at(now));
  average_.update();
  weights_.refresh();

  log_.record(step_in_epoch_, terms.distortion, terms.rate, output.logits.argmax(-1).ne(targets));
}

void Trainer::finish_epoch(const Dataset& validation) {
  const auto last_step = time_of(step_in_epoch_ - 1);
  EpochRecord record;
  record.train = train_metrics();
  record.seconds = seconds_in_epoch_;
  record.step = step_;
  record.beta = options_.beta().at(last_step);
  record.learning_rate = options_.learning_rate().at(last_step);
  record.epoch = ++epoch_;
  step_in_epoch_ = 0;
  seconds_in_epoch_ = 0;

  if (validation.size() > 0) {
    record.validation = evaluate_with(average_.average(), validation);
    if (average_.enabled()) record.validation_raw = evaluate_with(weights_.masters(), validation);
  }
  choose(record);
  history_.push_back(record);
  finished_ = epoch_ >= options_.epochs() || (options_.patience() > 0 && epoch_ - best_epoch_ >= options_.patience());
  if (finished_ && !best_) best_ = present_weights();
  if (options_.on_epoch()) options_.on_epoch()(*this);
}

// Without a validation split nothing is chosen: the last epoch's weights are the result.
void Trainer::choose(const EpochRecord& record) {
  if (!record.validation) {
    best_epoch_ = record.epoch;
    return;
  }
  const auto value = [&](const EpochRecord& r) { return monitored(*r.validation, options_.monitor(), r.beta); };
  if (best_ && value(record) >= value(history_[best_epoch_ - 1])) return;
  best_epoch_ = record.epoch;
  best_ = present_weights();
}

SplitMetrics Trainer::evaluate_with(const std::vector<torch::Tensor>& weights, const Dataset& data) {
  const ParameterSwap evaluating(parameters_, weights);
  return evaluate(model_, data, options_.evaluate());
}

TrainMetrics Trainer::train_metrics() const {
  const auto rows = log_.read(step_in_epoch_);
  const auto row = rows.accessor<float, 2>();
  double examples = 0, loss = 0, distortion = 0, rate = 0, wrong = 0;
  for (std::int64_t i = 0; i < step_in_epoch_; ++i) {
    // A smaller last batch counts by its examples, not as a full one.
    const auto weight = static_cast<double>(batches_[i].size());
    const double d = row[i][StepLog::kDistortion], r = row[i][StepLog::kRate];
    examples += weight;
    loss += weight * (d + options_.beta().at(time_of(i)) * r);
    distortion += weight * d;
    rate += weight * r;
    wrong += weight * row[i][StepLog::kWrong];
  }
  TrainMetrics metrics{to_bits(loss / examples), to_bits(distortion / examples), {}, wrong / examples};
  if (!model_->deterministic()) metrics.rate_bits = to_bits(rate / examples);
  return metrics;
}

void Trainer::check_finite() const {
  const auto rows = log_.read(step_in_epoch_);
  const auto row = rows.accessor<float, 2>();
  for (std::int64_t i = 0; i < step_in_epoch_; ++i) {
    const auto distortion = row[i][StepLog::kDistortion], rate = row[i][StepLog::kRate];
    if (std::isfinite(distortion) && std::isfinite(rate)) continue;
    throw NonFiniteError(fmt::format(
        "training broke at epoch {}, step {} of {}: the {} is no longer a finite number (distortion {}, rate {} nats; "
        "beta {}, learning rate {}). Try a smaller optimizer.lr, optimizer.clip_norm=1, or a warm-up of beta",
        epoch_ + 1, i + 1, steps_per_epoch(), std::isfinite(distortion) ? "rate" : "distortion", distortion, rate,
        options_.beta().at(time_of(i)), options_.learning_rate().at(time_of(i))));
  }
}

double Trainer::time_of(std::int64_t step_in_epoch) const {
  return static_cast<double>(epoch_) + static_cast<double>(step_in_epoch) / static_cast<double>(steps_per_epoch());
}

TrainedWeights Trainer::present_weights() const {
  TrainedWeights weights;
  // The module's own entries may be bfloat16 working copies at this moment; the masters are the weights.
  weights.raw = copy_weights(*model_);
  weights.averaged = copy_weights(*model_);
  const auto average = average_.average();
  const auto names = model_->named_parameters().keys();
  for (std::size_t i = 0; i < names.size(); ++i) {
    weights.raw[names[i]] = weights_.masters()[i].to(torch::kCPU, torch::kFloat32, false, true);
    weights.averaged[names[i]] = average[i].to(torch::kCPU);
  }
  return weights;
}

TrainedWeights Trainer::chosen_weights() const { return best_ ? *best_ : present_weights(); }

TensorMap Trainer::state() const {
  TensorMap state;
  const auto number = [](double x) { return torch::tensor(x, torch::kFloat64); };
  state.insert("epoch", torch::tensor(epoch_));
  state.insert("step_in_epoch", torch::tensor(step_in_epoch_));
  state.insert("step", torch::tensor(step_));
  state.insert("seconds_in_epoch", number(seconds_in_epoch_));
  state.insert("finished", torch::tensor(static_cast<std::int64_t>(finished_)));
  state.insert("best_epoch", torch::tensor(best_epoch_));
  state.insert("history", pack_history(history_));
  state.insert("steps", step_in_epoch_ > 0 ? log_.read(step_in_epoch_) : torch::zeros({0, StepLog::kColumns}));
  state.insert("generator.noise", noise_.get_state());
  state.insert("generator.default", default_generator(noise_.device()).get_state());
  append(state, "weights.", present_weights().raw);
  append(state, "optimizer.", optimizer_.state());
  append(state, "average.", average_.state());
  if (best_) append(state, "best.averaged.", best_->averaged), append(state, "best.raw.", best_->raw);
  return state;
}

void Trainer::load_state(const TensorMap& state, const std::string& source) {
  const auto integer = [&](const char* name) { return required(state, name, source).item<std::int64_t>(); };
  load_weights(*model_, extract(state, "weights."), source);
  optimizer_.load_state(extract(state, "optimizer."), source);
  average_.load_state(extract(state, "average."), source);
  weights_.refresh();

  epoch_ = integer("epoch");
  step_in_epoch_ = integer("step_in_epoch");
  step_ = integer("step");
  finished_ = integer("finished") != 0;
  best_epoch_ = integer("best_epoch");
  seconds_in_epoch_ = required(state, "seconds_in_epoch", source).item<double>();
  history_ = unpack_history(required(state, "history", source));
  noise_.set_state(required(state, "generator.noise", source));
  default_generator(noise_.device()).set_state(required(state, "generator.default", source));

  const auto& steps = required(state, "steps", source);
  log_ = StepLog(steps.size(0), noise_.device());
  log_.restore(steps);
  best_.reset();
  if (auto averaged = extract(state, "best.averaged."); !averaged.is_empty())
    best_ = TrainedWeights{std::move(averaged), extract(state, "best.raw.")};
}

}  // namespace vib
