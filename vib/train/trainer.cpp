#include "vib/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/random.h"
#include "vib/core/units.h"
#include "vib/data/finite_examples.h"
#include "vib/nn/weights.h"
#include "vib/train/state.h"

namespace vib {
namespace {

// Looking at the log makes the device wait, so a loss that is no number is noticed within this many steps.
constexpr std::int64_t kFiniteCheckInterval = 100;
// An epoch competes where β is within this share of its last value: a schedule may only come closer and closer.
constexpr double kArrived = 0.01;
// Of the state's layout. A state of another layout is refused.
constexpr std::int64_t kFormat = 2;
// Of an epoch. A list is made of its steps: a state that claims more than anybody has is refused.
constexpr std::int64_t kMostSteps = std::int64_t{1} << 26, kMostExamples = std::int64_t{1} << 53;

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::string prefix(std::int64_t replica) { return fmt::format("replica.{}.", replica); }

// By their extremes, which take no memory: NaN is the least and the greatest of whatever holds one.
bool all_finite(const TensorMap& weights) {
  return std::ranges::all_of(weights, [](const auto& item) {
    if (!item.value().is_floating_point() || item.value().numel() == 0) return true;
    const auto [least, greatest] = at::aminmax(item.value());
    return std::isfinite(least.template item<double>()) && std::isfinite(greatest.template item<double>());
  });
}

}  // namespace

Trainer::Trainer(VibModel model, TrainerOptions options)
    : Trainer(std::vector<Replica>{{std::move(model), options.beta(), options.seed()}}, options) {}

Trainer::Trainer(std::vector<Replica> replicas, TrainerOptions options)
    : options_(std::move(options)),
      step_(replicas, options_),
      log_(step_.columns(), step_.replicas().size(), step_.device()) {
  TORCH_CHECK(options_.epochs() >= 1 && options_.batch_size() >= 1 && options_.samples() >= 1,
              "training needs epochs, batch_size and samples of at least 1");
  for (const auto& replica : replicas) {
    auto evaluate = options_.evaluate();
    if (replica.evaluation_seed) evaluate.seed(*replica.evaluation_seed);
    if (options_.stop()) evaluate.stop(options_.stop());
    const auto monitor = options_.monitor() == "auto" ? "nll_bits" : options_.monitor();
    records_.push_back({Selection(monitor, options_.patience(), options_.objective()), evaluate});
  }
}

const History& Trainer::fit(const Dataset& train, const Dataset& validation) {
  TORCH_CHECK(train.size() > 0, "there is nothing to train on: ", train.name, " is empty");
  if (examples_ != 0 && examples_ != train.size())
    throw StateError(fmt::format("training began with {} examples and cannot go on with {}", examples_, train.size()));
  examples_ = train.size();
  batches_ = batch_ranges(examples_, options_.batch_size(), options_.drop_last());
  TORCH_CHECK(!batches_.empty(), "drop_last leaves no batch: batch_size ", options_.batch_size(), " exceeds the ",
              examples_, " examples of ", train.name);
  step_.forget_recording();
  // Of reconstructions the likelihood alone would prefer β = 0: the bound is what they are for.
  if (options_.monitor() == "auto" && !train.targets.defined())
    for (auto& of : records_) of.selection.watch("loss_bits");

  if (const auto& scale = train.target_scale; scale.defined()) {
    nats_of_unit_ = scale.log().sum().item<double>();
    unit_ = scale.square().mean().sqrt().item<double>();
  }

  try {
    if (epoch_ == 0 && step_in_epoch_ == 0 && options_.recording().includes(0)) hand_out(look_at_layers(0, train));
  } catch (const EvaluationStopped&) {
    return history();
  }
  while (!finished_) {
    if (!train_epoch(train) || !finish_epoch(train, validation)) return history();
  }
  for (std::int64_t r = 0; r < replicas(); ++r) {
    auto& model = *step_.replicas().model(r);
    load_weights(model, chosen_weights(r).averaged, "the chosen weights");
    model.eval();
  }
  return history();
}

// False where `stop` ended it early.
bool Trainer::train_epoch(const Dataset& data) {
  const auto order_seed = derive_seed(options_.order_seed().value_or(options_.seed()), Stream::data_order);
  const auto order = epoch_order(data.size(), order_seed, epoch_).to(step_.device());
  log_.resize(steps_per_epoch());

  if (records_epoch() && !gradients_) gradients_.emplace(step_.replicas());
  step_.watch(gradients_ ? &*gradients_ : nullptr);
  const TrainingStep::Session session(step_);
  const Stopwatch stopwatch;
  const double seconds_before = seconds_in_epoch_;
  while (step_in_epoch_ < steps_per_epoch()) {
    if (options_.stop() && options_.stop()()) return false;
    const auto [begin, end] = batches_[step_in_epoch_];
    log_.record(step_in_epoch_,
                step_.run(data, order.slice(0, begin, end), time_of(epoch_, step_in_epoch_), step_length()));
    ++step_in_epoch_;
    ++steps_;
    seconds_in_epoch_ = seconds_before + stopwatch.seconds();
    if (step_in_epoch_ % kFiniteCheckInterval == 0) check_finite(data, order);
    if (options_.on_step()) options_.on_step()(*this);
  }
  check_finite(data, order);
  seconds_in_epoch_ = seconds_before + stopwatch.seconds();
  return true;
}

// False where `stop` ended its evaluation early: then nothing has changed, and the evaluation is done anew later.
bool Trainer::finish_epoch(const Dataset& train, const Dataset& validation) {
  const auto average = step_.average();
  std::vector<EpochRecord> records;
  std::vector<LayerRecord> layers;
  try {
    if (records_epoch()) layers = look_at_layers(epoch_ + 1, train);
    for (std::int64_t r = 0; r < replicas(); ++r)
      records.push_back(records_[r].done ? EpochRecord() : record_epoch(r, average, validation));
  } catch (const EvaluationStopped&) {
    return false;
  }
  ++epoch_;
  step_in_epoch_ = 0;
  seconds_in_epoch_ = 0;
  gradients_.reset();
  hand_out(layers);

  for (std::int64_t r = 0; r < replicas(); ++r) {
    auto& of = records_[r];
    if (of.done) continue;
    if (of.selection.offer(records[r], competes(r, records[r]))) of.best = present_weights(r, average);
    of.history.push_back(std::move(records[r]));
    if (epoch_ >= options_.epochs() || of.selection.exhausted()) end(r, average, validation);
  }
  const auto all_done = [&] { return std::ranges::all_of(records_, [](const Record& of) { return of.done; }); };
  if (!all_done() && options_.enough() && options_.enough()(*this))
    for (std::int64_t r = 0; r < replicas(); ++r) end(r, average, validation);
  finished_ = all_done();
  if (options_.on_epoch()) options_.on_epoch()(*this);
  return true;
}

// Of models that are given up or stopped, too: their rows end where the others' do. Several are looked at side by side.
std::vector<LayerRecord> Trainer::look_at_layers(std::int64_t epoch, const Dataset& train) {
  const auto& o = options_.recording();
  const auto& data = o.data().size() > 0 ? o.data() : train;
  std::vector<LayerRecord> records(replicas());
  const auto look = [&](std::int64_t begin, std::int64_t end) {
    for (auto r = begin; r < end; ++r)
      records[r] = {epoch, r, layer_information(step_.replicas().model(r), data, o.estimators()),
                    gradients_ ? gradients_->layers(r) : std::vector<LayerGradient>()};
  };
  const std::int64_t at_once = at::get_num_threads();
  for (std::int64_t begin = 0; begin < replicas(); begin += at_once) {
    if (options_.stop() && options_.stop()()) throw EvaluationStopped();
    at::parallel_for(begin, std::min(begin + at_once, replicas()), 1, look);
  }
  return records;
}

void Trainer::hand_out(const std::vector<LayerRecord>& records) const {
  if (const auto& on_record = options_.recording().on_record())
    for (const auto& record : records) on_record(record);
}

EpochRecord Trainer::record_epoch(std::int64_t replica, const std::vector<torch::Tensor>& average,
                                  const Dataset& validation) {
  const auto last_step = time_of(epoch_, step_in_epoch_ - 1);
  const auto beta = step_.scheduled_beta(replica, last_step, step_length());
  EpochRecord record;
  record.epoch = epoch_ + 1;
  record.step = steps_;
  record.seconds = seconds_in_epoch_;
  record.replicas = replicas();
  record.beta = beta ? *beta : log_.read(step_in_epoch_)[-1][replica][log_.column("beta")].item<double>();
  record.learning_rate = options_.learning_rate().at(last_step);
  record.train = train_metrics(replica);
  if (options_.optimizer().weight_decay() > 0)
    record.train.set("weight_decay_bits", to_bits(step_.decay_cost(replica)));
  if (validation.size() > 0) {
    record.validation = evaluate_with(replica, average, validation, true);
    if (step_.averages()) record.validation_raw = evaluate_with(replica, step_.masters(), validation, false);
  }
  return record;
}

// Whether β has arrived: an epoch at another β is the answer to another question.
bool Trainer::competes(std::int64_t replica, const EpochRecord& record) const {
  // An average of the weights trails them: what was evaluated must have arrived, too.
  if (const auto* controller = step_.controller(replica))
    return controller->arrived(record.train) && (!record.validation || controller->arrived(record.validation->numbers));
  const auto last = step_.scheduled_beta(replica, time_of(options_.epochs() - 1, steps_per_epoch() - 1), step_length());
  return !(std::abs(record.beta - *last) > kArrived * *last);
}

// Nothing more is trained of it, and its weights are those chosen.
void Trainer::end(std::int64_t replica, const std::vector<torch::Tensor>& average, const Dataset& validation) {
  auto& of = records_[replica];
  if (of.done) return;
  of.done = true;
  if (of.best) return;
  of.best = present_weights(replica, average);
  of.selection.settle();
  const auto& last = of.history.back();
  const bool judged = !last.validation || std::isfinite((*last.validation)["nll_bits"]);
  if (judged && all_finite(of.best->averaged) && all_finite(of.best->raw)) return;
  check_finite_examples(validation);
  of.failure = fmt::format(
      "training broke in epoch {}: its weights, or what they predict, are no longer finite numbers (beta {}, learning "
      "rate {}). Try a smaller "
      "optimizer.lr, optimizer.clip_norm=1, or a warm-up of beta",
      epoch_, last.beta, last.learning_rate);
  if (replicas() == 1) throw NonFiniteError(of.failure);
}

SplitMetrics Trainer::evaluate_with(std::int64_t replica, const std::vector<torch::Tensor>& weights,
                                    const Dataset& data, bool averaged) {
  auto& model = step_.replicas().model(replica);
  const ParameterSwap evaluating(model->parameters(), step_.replicas().of_replica(weights, replica));
  const auto metrics = evaluate(model, data, records_[replica].evaluate);
  if (options_.on_evaluation()) {
    const ModuleMode evaluation(*model, ModuleMode::kEvaluation);
    options_.on_evaluation()({*this, replica, model, data, metrics, averaged});
  }
  return metrics;
}

Numbers Trainer::train_metrics(std::int64_t replica) const {
  Numbers metrics;
  if (step_in_epoch_ == 0) return metrics;
  const auto rows = log_.read(step_in_epoch_).select(1, replica).to(torch::kFloat64);
  // A smaller last batch counts by its examples, not as a full one.
  std::vector<double> sizes;
  for (std::int64_t i = 0; i < step_in_epoch_; ++i) sizes.push_back(static_cast<double>(batches_[i].size()));
  const auto weights = torch::tensor(sizes, torch::kFloat64);
  const auto mean = (weights.unsqueeze(1) * rows).sum(0) / weights.sum();
  const auto of = [&](const std::string& column) { return mean[log_.column(column)].item<double>(); };

  const auto& model = step_.replicas().model();
  metrics.set("loss_bits", to_bits(of("loss") + nats_of_unit_));
  metrics.set("distortion_bits", to_bits(of("distortion") + nats_of_unit_));
  if (!model->deterministic()) {
    metrics.set("rate_bits", to_bits(of("rate")));
    if (model->prior.conditional()) metrics.set("residual_bits", to_bits(of("residual")));
  }
  if (model->likelihood().counts_errors())
    metrics.set("error", of("mistakes"));
  else
    metrics.set("rmse", unit_ * std::sqrt(of("mistakes")));
  for (const auto& name : options_.objective().regularisers()) metrics.set(name + "_bits", to_bits(of(name)));
  return metrics;
}

// One broken model ends its training; a broken replica is set aside. Broken data end it for all.
void Trainer::check_finite(const Dataset& data, const torch::Tensor& order) {
  const auto rows = log_.read(step_in_epoch_);
  const auto row = rows.accessor<float, 3>();
  const auto& columns = log_.columns();
  for (std::int64_t r = 0; r < replicas(); ++r) {
    for (std::int64_t i = 0; i < step_in_epoch_ && !records_[r].done; ++i) {
      const auto of = [&](const std::string& name) { return row[i][r][log_.column(name)]; };
      const auto broken = std::ranges::find_if(columns, [&](const auto& name) { return !std::isfinite(of(name)); });
      if (broken == columns.end()) continue;
      check_finite_examples(data, order.slice(0, batches_[i].begin, batches_[i].end));
      records_[r].done = true;
      records_[r].failure = fmt::format(
          "training broke at epoch {}, step {} of {}: the {} is no longer a finite number (distortion {}, rate {} "
          "nats; beta {}, learning rate {}). Try a smaller optimizer.lr, optimizer.clip_norm=1, or a warm-up of beta",
          epoch_ + 1, i + 1, steps_per_epoch(), *broken, of("distortion"), of("rate"), of("beta"),
          options_.learning_rate().at(time_of(epoch_, i)));
    }
  }
  if (replicas() == 1 && !failure().empty()) throw NonFiniteError(failure());
}

double Trainer::time_of(std::int64_t epoch, std::int64_t step_in_epoch) const {
  return static_cast<double>(epoch) + static_cast<double>(step_in_epoch) / static_cast<double>(steps_per_epoch());
}

// Copies on the CPU of a replica's weights, `parameters` (shaped as the masters) in the place of its own: those may be
// bfloat16 working copies at this moment.
TensorMap Trainer::weights_with(const std::vector<torch::Tensor>& parameters, std::int64_t replica) const {
  const auto& replicas = step_.replicas();
  TensorMap weights = copy_weights(*replicas.model(replica));
  const auto own = replicas.of_replica(parameters, replica);
  const auto names = replicas.model(replica)->named_parameters().keys();
  for (std::size_t i = 0; i < names.size(); ++i)
    weights[names[i]] = own[i].to(torch::kCPU, own[i].scalar_type(), false, true).contiguous();
  return weights;
}

TrainedWeights Trainer::present_weights(std::int64_t replica, const std::vector<torch::Tensor>& average) const {
  return {weights_with(average, replica), weights_with(step_.masters(), replica)};
}

TrainedWeights Trainer::chosen_weights(std::int64_t replica) const {
  return records_[replica].best ? *records_[replica].best : present_weights(replica, step_.average());
}

TensorMap Trainer::state(bool snapshot) const {
  TensorMap state;
  state.insert("format", integer_tensor(kFormat));
  state.insert("examples", integer_tensor(examples_));
  state.insert("epoch", integer_tensor(epoch_));
  state.insert("step_in_epoch", integer_tensor(step_in_epoch_));
  state.insert("step", integer_tensor(steps_));
  state.insert("seconds_in_epoch", number_tensor(seconds_in_epoch_));
  state.insert("finished", integer_tensor(finished_ ? 1 : 0));
  std::string columns;
  for (const auto& name : log_.columns()) columns += name + '\n';
  state.insert("log.columns", text_tensor(columns));
  state.insert("log.rows", log_.read(step_in_epoch_));
  append(state, "", step_.state());
  if (gradients_) append(state, "gradients.", gradients_->state());
  for (std::int64_t r = 0; r < replicas(); ++r) {
    const auto& of = records_[r];
    state.insert(prefix(r) + "done", integer_tensor(of.done ? 1 : 0));
    state.insert(prefix(r) + "failure", text_tensor(of.failure));
    append(state, prefix(r) + "selection.", of.selection.state());
    append(state, prefix(r) + "history.", pack_history(of.history));
    if (!of.best) continue;
    append(state, prefix(r) + "best.averaged.", of.best->averaged);
    append(state, prefix(r) + "best.raw.", of.best->raw);
  }
  TensorMap on_cpu;
  for (const auto& item : state) {
    const auto tensor = item.value().detach();
    on_cpu.insert(item.key(), tensor.to(torch::kCPU, tensor.scalar_type(), false, snapshot));
  }
  return on_cpu;
}

void Trainer::load_state(const TensorMap& state, const std::string& source) {
  const auto* format = state.find("format");
  if (format == nullptr || format->scalar_type() != torch::kInt64 || format->numel() != 1 ||
      format->item<std::int64_t>() != kFormat)
    throw StateError(fmt::format(
        "{}: written by another version of this program, whose training this one cannot go on with; finish it with "
        "that one, or train again in another directory",
        source));
  if (lines_of(required_text(state, "log.columns", source)) != log_.columns())
    throw StateError(fmt::format("{}: of a training with another objective", source));
  step_.load_state(state, source);
  load_place(state, source);
  gradients_.reset();
  if (step_in_epoch_ > 0 && records_epoch()) {
    gradients_.emplace(step_.replicas());
    gradients_->load_state(part_of(state, "gradients."), source);
  }
  for (std::int64_t r = 0; r < replicas(); ++r)
    load_record(r, part_of(state, prefix(r)), fmt::format("{}: replica {}", source, r));
  if (finished_ != std::ranges::all_of(records_, &Record::done))
    refuse_entry("finished", fmt::format("is {}", int{finished_}), "1 where every replica is done, else 0", source);
}

void Trainer::load_place(const TensorMap& state, const std::string& source) {
  examples_ = required_integer(state, "examples", 0,
                               kMostSteps * std::min(options_.batch_size(), kMostExamples / kMostSteps), source);
  batches_ = batch_ranges(examples_, options_.batch_size(), options_.drop_last());
  epoch_ = required_integer(state, "epoch", 0, options_.epochs(), source);
  step_in_epoch_ = required_integer(state, "step_in_epoch", 0, steps_per_epoch(), source);
  const auto steps = epoch_ * steps_per_epoch() + step_in_epoch_;
  steps_ = required_integer(state, "step", steps, steps, source);
  finished_ = required_integer(state, "finished", 0, 1, source) != 0;
  seconds_in_epoch_ = required_number(state, "seconds_in_epoch", source);
  log_.restore(
      required(state, "log.rows", torch::empty({step_in_epoch_, replicas(), log_.width()}, torch::kFloat32), source));
}

void Trainer::load_record(std::int64_t replica, const TensorMap& own, const std::string& source) {
  auto& of = records_[replica];
  of.done = required_integer(own, "done", 0, 1, source) != 0;
  of.failure = required_text(own, "failure", source);
  of.selection.load_state(part_of(own, "selection."), source);
  of.history = unpack_history(part_of(own, "history."), source);
  const auto epochs = static_cast<std::int64_t>(of.history.size());
  if (epochs > epoch_ || (epochs < epoch_ && !of.done))
    refuse_entry("history", fmt::format("is of {} epochs", epochs), fmt::format("of {}", epoch_), source);
  if (of.selection.best_epoch() > epochs)
    refuse_entry("best_epoch", fmt::format("is {}", of.selection.best_epoch()), fmt::format("{} at most", epochs),
                 source);
  of.best.reset();
  if (TrainedWeights best{part_of(own, "best.averaged."), part_of(own, "best.raw.")}; !best.averaged.is_empty()) {
    const auto present = weights_with(step_.masters(), replica);
    check_same_layout(present, best.averaged, source + ": the averaged weights of the best epoch");
    check_same_layout(present, best.raw, source + ": the weights of the best epoch");
    of.best = std::move(best);
  }
  if (of.done && of.failure.empty() && (!of.best || of.selection.best_epoch() == 0))
    refuse_entry("done", "is 1", "0 while there is no best epoch", source);
}

}  // namespace vib
