#include "vib/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

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
    case Monitor::kError: return metrics.error ? *metrics.error : metrics.rmse.value();
    case Monitor::kDistortion: return metrics.distortion_bits;
    case Monitor::kLoss: return metrics.distortion_bits + beta * metrics.rate_bits.value_or(0.0);
  }
  TORCH_CHECK(false, "unknown monitor");
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

std::vector<VibModel> models_of(const std::vector<Replica>& replicas) {
  std::vector<VibModel> models;
  for (const auto& replica : replicas) models.push_back(replica.model);
  return models;
}

std::vector<Replica> single(VibModel model, const TrainerOptions& options) {
  return {{std::move(model), options.beta(), options.seed()}};
}

std::vector<std::uint64_t> distinct_seeds(const std::vector<Replica>& replicas) {
  std::vector<std::uint64_t> seeds;
  for (const auto& replica : replicas)
    if (std::ranges::find(seeds, replica.seed) == seeds.end()) seeds.push_back(replica.seed);
  return seeds;
}

std::vector<torch::Generator> generators(const std::vector<std::uint64_t>& seeds, torch::Device device) {
  std::vector<torch::Generator> generators;
  for (const auto seed : seeds) generators.push_back(make_generator(device, derive_seed(seed, Stream::noise)));
  return generators;
}

std::string prefix(std::int64_t replica, const char* what) { return fmt::format("replica.{}.{}", replica, what); }

torch::Tensor text_tensor(const std::string& text) {
  return torch::tensor(std::vector<std::int64_t>(text.begin(), text.end()), torch::kInt64);
}

std::string text_of(const torch::Tensor& tensor) {
  std::string text;
  for (std::int64_t i = 0; i < tensor.numel(); ++i) text += static_cast<char>(tensor[i].item<std::int64_t>());
  return text;
}

}  // namespace

Trainer::Trainer(VibModel model, TrainerOptions options) : Trainer(single(model, options), options) {}

Trainer::Trainer(std::vector<Replica> replicas, TrainerOptions options)
    : options_(std::move(options)),
      replicas_(models_of(replicas), options_.precision() == Precision::kBfloat16),
      noise_seeds_(distinct_seeds(replicas)),
      device_(replicas_.parameters().front().device()),
      noise_(generators(noise_seeds_, device_)),
      weights_(replicas_.parameters(), replicas_.matrices(), options_.precision()),
      optimizer_(weights_.masters(), options_.optimizer(), replicas_.size()),
      average_(weights_.masters(), options_.ema()),
      graph_(device_, noise_, options_.cuda_graph()) {
  TORCH_CHECK(options_.epochs() >= 1 && options_.batch_size() >= 1 && options_.samples() >= 1,
              "training needs epochs, batch_size and samples of at least 1");
  for (const auto& replica : replicas) {
    const auto place = std::ranges::find(noise_seeds_, replica.seed) - noise_seeds_.begin();
    records_.push_back({replica.beta, static_cast<std::size_t>(place)});
  }
  const auto on_device = torch::dtype(torch::kFloat32).device(device_);
  beta_ = torch::zeros({replicas_.size()}, on_device);
  learning_rate_ = torch::zeros({}, on_device.dtype(device_.is_cuda() ? torch::kFloat32 : torch::kFloat64));
  index_ = torch::zeros({options_.batch_size()}, on_device.dtype(torch::kInt64));
  row_ = torch::zeros({replicas_.size(), StepLog::kColumns}, on_device);
  // Dropout and other layers draw from LibTorch's own generator: it is seeded here, and saved with the state.
  default_generator(device_).set_current_seed(derive_seed(options_.seed(), Stream::dropout));
}

const History& Trainer::fit(const Dataset& train, const Dataset& validation) {
  TORCH_CHECK(train.size() > 0, "there is nothing to train on: ", train.name, " is empty");
  batches_ = batch_ranges(train.size(), options_.batch_size(), options_.drop_last());
  TORCH_CHECK(!batches_.empty(), "drop_last leaves no batch: batch_size ", options_.batch_size(), " exceeds the ",
              train.size(), " examples of ", train.name);

  while (!finished_) {
    if (!train_epoch(train)) return history();
    finish_epoch(validation);
  }
  for (std::int64_t r = 0; r < replicas(); ++r)
    load_weights(*replicas_.model(r), chosen_weights(r).averaged, "the chosen weights");
  return history();
}

// False where `stop` ended it early.
bool Trainer::train_epoch(const Dataset& data) {
  const auto order_seed = derive_seed(options_.order_seed().value_or(options_.seed()), Stream::data_order);
  const auto order = epoch_order(data.size(), order_seed, epoch_).to(device_);
  const auto rows_before = log_.read(step_in_epoch_);
  log_ = StepLog(steps_per_epoch(), replicas(), device_);
  log_.restore(rows_before);
  for (std::int64_t r = 0; r < replicas(); ++r) replicas_.model(r)->train();

  const Replicas::Computing computing(replicas_, weights_.working());
  const StepGraph::Stream stream(graph_);
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
  std::vector<double> betas;
  for (const auto& record : records_) betas.push_back(record.beta.at(now));
  TORCH_CHECK(std::ranges::all_of(betas, [](double beta) { return beta >= 0; }), "β must be at least 0, got ", betas);
  beta_.copy_(torch::tensor(betas));
  learning_rate_.fill_(options_.learning_rate().at(now));
  if (index.size(0) == options_.batch_size()) {
    index_.copy_(index);
    graph_.run([&] { compute_step(data, index_); });
  } else {
    compute_step(data, index);
  }
  average_.count();
  log_.record(step_in_epoch_, row_);
}

void Trainer::compute_step(const Dataset& data, const torch::Tensor& index) {
  const auto inputs = data.batch_inputs(index);
  const auto targets = data.batch_targets(index);
  const auto& likelihood = replicas_.model()->likelihood();

  const AutocastGuard autocast(device_, options_.precision());
  const auto output = replicas_.forward(inputs, draw_noise(index.size(0)));
  const auto terms = vib_terms(output, targets, likelihood);
  terms.loss(beta_).sum().backward();

  std::vector<torch::Tensor> gradients;
  for (const auto& leaf : replicas_.leaves()) gradients.push_back(std::exchange(leaf.mutable_grad(), {}));
  optimizer_.step(gradients, learning_rate_, average_, weights_);

  torch::NoGradGuard no_grad;
  const auto mistakes = likelihood.mistakes(likelihood.mean(output.decoded), targets);
  row_.copy_(StepLog::row(terms.distortion, terms.rate, mistakes));
}

// [M, R, B, K]: each replica's the one that a single run of its seed would draw.
torch::Tensor Trainer::draw_noise(std::int64_t batch) {
  const auto& model = replicas_.model();
  if (model->deterministic()) return {};
  std::vector<torch::Tensor> of_seed, of_replica;
  for (auto& generator : noise_)
    of_seed.push_back(at::randn({options_.samples(), batch, model->latent()}, generator,
                                torch::dtype(torch::kFloat32).device(device_)));
  for (const auto& record : records_) of_replica.push_back(of_seed[record.noise]);
  return at::stack(of_replica, 1);
}

void Trainer::finish_epoch(const Dataset& validation) {
  const auto average = average_.average();
  std::vector<EpochRecord> records;
  for (std::int64_t r = 0; r < replicas(); ++r)
    records.push_back(records_[r].done ? EpochRecord() : record_epoch(r, average, validation));
  ++epoch_;
  step_in_epoch_ = 0;
  seconds_in_epoch_ = 0;

  finished_ = true;
  for (std::int64_t r = 0; r < replicas(); ++r) {
    auto& of = records_[r];
    if (of.done) continue;
    choose(r, records[r], average);
    of.history.push_back(records[r]);
    of.done = epoch_ >= options_.epochs() || (options_.patience() > 0 && epoch_ - of.best_epoch >= options_.patience());
    if (of.done && !of.best) of.best = present_weights(r, average);
    finished_ = finished_ && of.done;
  }
  if (options_.on_epoch()) options_.on_epoch()(*this);
  if (finished_ || !options_.enough() || !options_.enough()(*this)) return;
  for (std::int64_t r = 0; r < replicas(); ++r) {
    auto& of = records_[r];
    if (!of.done && !of.best) of.best = present_weights(r, average);
    of.done = true;
  }
  finished_ = true;
}

EpochRecord Trainer::record_epoch(std::int64_t replica, const std::vector<torch::Tensor>& average,
                                  const Dataset& validation) {
  const auto last_step = time_of(step_in_epoch_ - 1);
  EpochRecord record;
  record.epoch = epoch_ + 1;
  record.step = step_;
  record.seconds = seconds_in_epoch_;
  record.replicas = replicas();
  record.beta = records_[replica].beta.at(last_step);
  record.learning_rate = options_.learning_rate().at(last_step);
  record.train = train_metrics(replica);
  if (validation.size() > 0) {
    record.validation = evaluate_with(replica, average, validation, true);
    if (average_.enabled()) record.validation_raw = evaluate_with(replica, weights_.masters(), validation, false);
  }
  return record;
}

// Without a validation split nothing is chosen: the last epoch's weights are the result.
void Trainer::choose(std::int64_t replica, const EpochRecord& record, const std::vector<torch::Tensor>& average) {
  auto& of = records_[replica];
  if (!record.validation) {
    of.best_epoch = record.epoch;
    return;
  }
  const auto value = [&](const EpochRecord& r) { return monitored(*r.validation, options_.monitor(), r.beta); };
  if (of.best && value(record) >= value(of.history[of.best_epoch - 1])) return;
  of.best_epoch = record.epoch;
  of.best = present_weights(replica, average);
}

SplitMetrics Trainer::evaluate_with(std::int64_t replica, const std::vector<torch::Tensor>& weights,
                                    const Dataset& data, bool averaged) {
  auto& model = replicas_.model(replica);
  const ParameterSwap evaluating(model->parameters(), replicas_.of_replica(weights, replica));
  const auto metrics = evaluate(model, data, options_.evaluate());
  if (options_.on_evaluation()) {
    model->eval();
    options_.on_evaluation()({*this, replica, model, data, metrics, averaged});
  }
  return metrics;
}

TrainMetrics Trainer::train_metrics(std::int64_t replica) const {
  const auto rows = log_.read(step_in_epoch_);
  const auto row = rows.accessor<float, 3>();
  double examples = 0, loss = 0, distortion = 0, rate = 0, mistakes = 0;
  for (std::int64_t i = 0; i < step_in_epoch_; ++i) {
    // A smaller last batch counts by its examples, not as a full one.
    const auto weight = static_cast<double>(batches_[i].size());
    const double d = row[i][replica][StepLog::kDistortion], r = row[i][replica][StepLog::kRate];
    examples += weight;
    loss += weight * (d + records_[replica].beta.at(time_of(i)) * r);
    distortion += weight * d;
    rate += weight * r;
    mistakes += weight * row[i][replica][StepLog::kMistakes];
  }
  const auto& model = replicas_.model();
  TrainMetrics metrics;
  metrics.loss_bits = to_bits(loss / examples);
  metrics.distortion_bits = to_bits(distortion / examples);
  if (!model->deterministic()) metrics.rate_bits = to_bits(rate / examples);
  if (model->likelihood().counts_errors())
    metrics.error = mistakes / examples;
  else
    metrics.rmse = std::sqrt(mistakes / examples);
  return metrics;
}

// One broken model ends its training; a broken replica is set aside.
void Trainer::check_finite() {
  const auto rows = log_.read(step_in_epoch_);
  const auto row = rows.accessor<float, 3>();
  for (std::int64_t r = 0; r < replicas(); ++r) {
    for (std::int64_t i = 0; i < step_in_epoch_ && !records_[r].done; ++i) {
      const auto distortion = row[i][r][StepLog::kDistortion], rate = row[i][r][StepLog::kRate];
      if (std::isfinite(distortion) && std::isfinite(rate)) continue;
      records_[r].done = true;
      records_[r].failure = fmt::format(
          "training broke at epoch {}, step {} of {}: the {} is no longer a finite number (distortion {}, rate {} "
          "nats; beta {}, learning rate {}). Try a smaller optimizer.lr, optimizer.clip_norm=1, or a warm-up of beta",
          epoch_ + 1, i + 1, steps_per_epoch(), std::isfinite(distortion) ? "rate" : "distortion", distortion, rate,
          records_[r].beta.at(time_of(i)), options_.learning_rate().at(time_of(i)));
    }
  }
  if (replicas() == 1 && !failure().empty()) throw NonFiniteError(failure());
}

double Trainer::time_of(std::int64_t step_in_epoch) const {
  return static_cast<double>(epoch_) + static_cast<double>(step_in_epoch) / static_cast<double>(steps_per_epoch());
}

// Copies on the CPU of a replica's weights, `parameters` (shaped as the masters) in the place of its own: those may be
// bfloat16 working copies at this moment.
TensorMap Trainer::weights_with(const std::vector<torch::Tensor>& parameters, std::int64_t replica) const {
  TensorMap weights = copy_weights(*replicas_.model(replica));
  const auto own = replicas_.of_replica(parameters, replica);
  const auto names = replicas_.model(replica)->named_parameters().keys();
  for (std::size_t i = 0; i < names.size(); ++i)
    weights[names[i]] = own[i].to(torch::kCPU, own[i].scalar_type(), false, true).contiguous();
  return weights;
}

TrainedWeights Trainer::present_weights(std::int64_t replica, const std::vector<torch::Tensor>& average) const {
  return {weights_with(average, replica), weights_with(weights_.masters(), replica)};
}

TrainedWeights Trainer::chosen_weights(std::int64_t replica) const {
  return records_[replica].best ? *records_[replica].best : present_weights(replica, average_.average());
}

/// The tensors themselves: the masters by their parameters' names, and each replica's buffers.
TensorMap Trainer::parameters_and_buffers() const {
  TensorMap tensors;
  const auto names = replicas_.model()->named_parameters().keys();
  for (std::size_t i = 0; i < names.size(); ++i) tensors.insert("weights." + names[i], weights_.masters()[i]);
  for (std::int64_t r = 0; r < replicas(); ++r)
    for (const auto& buffer : replicas_.model(r)->named_buffers())
      tensors.insert(prefix(r, "buffers.") + buffer.key(), buffer.value());
  return tensors;
}

TensorMap Trainer::state(bool snapshot) const {
  TensorMap state;
  const auto append = [&](const std::string& prefix, const TensorMap& part) {
    for (const auto& item : part) {
      const auto tensor = item.value().detach();
      state.insert(prefix + item.key(), tensor.to(torch::kCPU, tensor.scalar_type(), false, snapshot));
    }
  };
  const auto number = [](double x) { return torch::tensor(x, torch::kFloat64); };
  state.insert("epoch", torch::tensor(epoch_));
  state.insert("step_in_epoch", torch::tensor(step_in_epoch_));
  state.insert("step", torch::tensor(step_));
  state.insert("seconds_in_epoch", number(seconds_in_epoch_));
  state.insert("finished", torch::tensor(static_cast<std::int64_t>(finished_)));
  state.insert("steps", log_.read(step_in_epoch_));
  for (std::size_t i = 0; i < noise_.size(); ++i)
    state.insert(fmt::format("generator.noise.{}", i), noise_[i].get_state());
  state.insert("generator.default", default_generator(device_).get_state());
  append("", parameters_and_buffers());
  append("optimizer.", optimizer_.state());
  append("average.", average_.state());
  for (std::int64_t r = 0; r < replicas(); ++r) {
    const auto& of = records_[r];
    state.insert(prefix(r, "best_epoch"), torch::tensor(of.best_epoch));
    state.insert(prefix(r, "done"), torch::tensor(static_cast<std::int64_t>(of.done)));
    state.insert(prefix(r, "failure"), text_tensor(of.failure));
    state.insert(prefix(r, "history"), pack_history(of.history));
    if (!of.best) continue;
    append(prefix(r, "best.averaged."), of.best->averaged);
    append(prefix(r, "best.raw."), of.best->raw);
  }
  return state;
}

void Trainer::load_state(const TensorMap& state, const std::string& source) {
  const auto integer = [&](const std::string& name) { return required(state, name, source).item<std::int64_t>(); };
  torch::NoGradGuard no_grad;
  auto own = parameters_and_buffers();
  TensorMap loaded;
  for (const auto& item : state)
    if (item.key().starts_with("weights.") || item.key().find(".buffers.") != std::string::npos)
      loaded.insert(item.key(), item.value());
  check_same_layout(own, loaded, source);
  for (auto& item : own) item.value().copy_(loaded[item.key()]);
  optimizer_.load_state(extract(state, "optimizer."), source);
  average_.load_state(extract(state, "average."), source);
  weights_.refresh();

  epoch_ = integer("epoch");
  step_in_epoch_ = integer("step_in_epoch");
  step_ = integer("step");
  finished_ = integer("finished") != 0;
  seconds_in_epoch_ = required(state, "seconds_in_epoch", source).item<double>();
  for (std::size_t i = 0; i < noise_.size(); ++i)
    noise_[i].set_state(required(state, fmt::format("generator.noise.{}", i), source));
  default_generator(device_).set_state(required(state, "generator.default", source));

  const auto& steps = required(state, "steps", source);
  log_ = StepLog(steps.size(0), replicas(), device_);
  log_.restore(steps);
  for (std::int64_t r = 0; r < replicas(); ++r) {
    auto& of = records_[r];
    of.best_epoch = integer(prefix(r, "best_epoch"));
    of.done = integer(prefix(r, "done")) != 0;
    of.failure = text_of(required(state, prefix(r, "failure"), source));
    of.history = unpack_history(required(state, prefix(r, "history"), source));
    of.best.reset();
    if (auto averaged = extract(state, prefix(r, "best.averaged.")); !averaged.is_empty())
      of.best = TrainedWeights{std::move(averaged), extract(state, prefix(r, "best.raw."))};
  }
}

}  // namespace vib
