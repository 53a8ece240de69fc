#include "vib/train/step.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "vib/core/random.h"
#include "vib/train/state.h"

namespace vib {
namespace {

std::vector<VibModel> models_of(const std::vector<Replica>& replicas) {
  std::vector<VibModel> models;
  for (const auto& replica : replicas) models.push_back(replica.model);
  return models;
}

std::vector<std::uint64_t> distinct_seeds(const std::vector<Replica>& replicas) {
  std::vector<std::uint64_t> seeds;
  for (const auto& replica : replicas)
    if (std::ranges::find(seeds, replica.seed) == seeds.end()) seeds.push_back(replica.seed);
  return seeds;
}

std::vector<torch::Generator> generators(const std::vector<std::uint64_t>& seeds, Stream stream, torch::Device device) {
  std::vector<torch::Generator> generators;
  for (const auto seed : seeds) generators.push_back(make_generator(device, derive_seed(seed, stream)));
  return generators;
}

std::vector<torch::Generator> all_of(std::vector<torch::Generator> a, const std::vector<torch::Generator>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void restore_generator(torch::Generator& generator, const TensorMap& state, const std::string& name,
                       const std::string& source) {
  const auto& saved = required(state, name, generator.get_state(), source);
  try {
    generator.set_state(saved);
  } catch (const c10::Error&) {
    refuse_entry(name, "is none", "the state of a random generator", source);
  }
}

std::vector<std::unique_ptr<ModuleMode>> training_modes(Replicas& replicas) {
  std::vector<std::unique_ptr<ModuleMode>> modes;
  for (std::int64_t r = 0; r < replicas.size(); ++r)
    modes.push_back(std::make_unique<ModuleMode>(*replicas.model(r), ModuleMode::kTraining));
  return modes;
}

}  // namespace

TrainingStep::TrainingStep(const std::vector<Replica>& replicas, const TrainerOptions& options)
    : options_(options),
      replicas_(models_of(replicas), options.precision() == Precision::kBfloat16),
      device_(replicas_.parameters().front().device()),
      seeds_(distinct_seeds(replicas)),
      noise_(generators(seeds_, Stream::noise, device_)),
      masks_(generators(seeds_, Stream::dropout, device_)),
      default_generator_(make_generator(device_, derive_seed(options.seed(), Stream::dropout)).get_state()),
      weights_(replicas_.parameters(), replicas_.matrices(), options.precision()),
      optimizer_(weights_.masters(), options.optimizer(), replicas_.size()),
      average_(weights_.masters(), options.ema()),
      graph_(device_, all_of(noise_, masks_), options.cuda_graph()) {
  for (const auto& replica : replicas) {
    place_.push_back(static_cast<std::size_t>(std::ranges::find(seeds_, replica.seed) - seeds_.begin()));
    betas_.push_back(replica.beta);
    controllers_.push_back(replica.beta.controller(device_));
  }
  replicas_.draw_masks_from(masks_, place_);
  const auto on_device = torch::dtype(torch::kFloat32).device(device_);
  beta_ = torch::zeros({replicas_.size()}, on_device);
  learning_rate_ = torch::zeros({}, on_device.dtype(device_.is_cuda() ? torch::kFloat32 : torch::kFloat64));
  row_ = torch::zeros({replicas_.size(), static_cast<std::int64_t>(columns().size())}, on_device);
}

std::vector<std::string> TrainingStep::columns() const {
  auto columns = options_.objective().names(*replicas_.model());
  columns.insert(columns.end(), {"beta", "loss"});
  return columns;
}

TrainingStep::Session::Session(TrainingStep& step)
    : step_(step),
      generator_(step.device_),
      modes_(training_modes(step.replicas_)),
      computing_(step.replicas_, step.weights_.working()),
      stream_(step.graph_) {
  default_generator(step.device_).set_state(step.default_generator_);
}

TrainingStep::Session::~Session() { step_.default_generator_ = default_generator(step_.device_).get_state(); }

std::optional<double> TrainingStep::scheduled_beta(std::int64_t replica, double now, double length) const {
  const auto* schedule = betas_[replica].schedule();
  return schedule != nullptr ? std::optional(schedule->at(now, length)) : std::nullopt;
}

const torch::Tensor& TrainingStep::run(const Dataset& data, const torch::Tensor& index, double now, double length) {
  std::vector<double> betas;
  for (std::int64_t r = 0; r < replicas_.size(); ++r) betas.push_back(scheduled_beta(r, now, length).value_or(0));
  TORCH_CHECK(std::ranges::all_of(betas, [](double beta) { return beta >= 0; }), "β must be at least 0, got ", betas);
  beta_.copy_(torch::tensor(betas));
  learning_rate_.fill_(options_.learning_rate().at(now));
  if (index.size(0) == options_.batch_size() && moments_ == nullptr) {
    if (!index_.defined()) index_ = torch::empty_like(index);
    index_.copy_(index);
    graph_.run([&] { compute(data, index_); });
  } else {
    compute(data, index);
  }
  average_.count();
  return row_;
}

void TrainingStep::compute(const Dataset& data, const torch::Tensor& index) {
  for (const auto& leaf : replicas_.leaves()) leaf.mutable_grad().reset();  // that a hook may have left
  {
    torch::NoGradGuard no_grad;
    for (std::size_t r = 0; r < controllers_.size(); ++r)
      if (controllers_[r]) beta_[static_cast<std::int64_t>(r)].copy_(controllers_[r]->beta());
  }
  const auto& objective = options_.objective();
  Batch batch{data.batch_inputs(index), data.batch_targets(index), draw_noise(index.size(0)), {}};
  if (const auto& scale = data.target_scale; scale.defined())
    batch.units = (scale / scale.square().mean().sqrt()).to(torch::kFloat32);

  const AutocastGuard autocast(device_, options_.precision());
  auto terms = replicas_.map([&](VibModelImpl& model, const Batch& b) { return objective.terms(model, b); }, batch);
  if (data.weights.defined()) {
    const auto weights = data.weights.index_select(0, index);
    for (auto& item : terms) item.value() = item.value() * weights;
  }
  const auto loss = objective.loss(terms, beta_);
  loss.sum().backward();

  std::vector<torch::Tensor> gradients;
  for (const auto& leaf : replicas_.leaves()) gradients.push_back(std::exchange(leaf.mutable_grad(), {}));
  if (moments_ != nullptr) moments_->add(gradients);
  optimizer_.step(gradients, learning_rate_, average_, weights_);

  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> columns;
  for (const auto& name : objective.names(*replicas_.model()))
    columns.push_back(terms[name].to(torch::kFloat32).mean(-1));
  columns.insert(columns.end(), {beta_, loss});
  row_.copy_(at::stack(columns, -1));
  update_controllers(terms);
}

void TrainingStep::update_controllers(const TensorMap& terms) {
  for (std::size_t r = 0; r < controllers_.size(); ++r) {
    if (!controllers_[r]) continue;
    TensorMap means;
    for (const auto& item : terms)
      means.insert(item.key(), item.value().detach()[static_cast<std::int64_t>(r)].to(torch::kFloat32).mean());
    controllers_[r]->update(means);
  }
}

// [M, R, B, K]: each replica's the one that a single run of its seed would draw.
torch::Tensor TrainingStep::draw_noise(std::int64_t batch) {
  const auto& model = replicas_.model();
  if (model->deterministic()) return {};
  std::vector<torch::Tensor> of_seed, of_replica;
  for (auto& generator : noise_)
    of_seed.push_back(at::randn({options_.samples(), batch, model->latent()}, generator,
                                torch::dtype(torch::kFloat32).device(device_)));
  for (const auto place : place_) of_replica.push_back(of_seed[place]);
  return at::stack(of_replica, 1);
}

/// The masters by their parameters' names, and each replica's buffers.
TensorMap TrainingStep::parameters_and_buffers() const {
  TensorMap tensors;
  const auto names = replicas_.model()->named_parameters().keys();
  for (std::size_t i = 0; i < names.size(); ++i) tensors.insert("weights." + names[i], masters()[i]);
  for (std::int64_t r = 0; r < replicas_.size(); ++r)
    for (const auto& buffer : replicas_.model(r)->named_buffers())
      tensors.insert(fmt::format("buffers.{}.{}", r, buffer.key()), buffer.value());
  for (std::size_t r = 0; r < controllers_.size(); ++r)
    if (controllers_[r]) append(tensors, fmt::format("beta.{}.", r), controllers_[r]->state());
  return tensors;
}

TensorMap TrainingStep::state() const {
  TensorMap state;
  append(state, "tensors.", parameters_and_buffers());
  append(state, "optimizer.", optimizer_.state());
  append(state, "average.", average_.state());
  for (std::size_t i = 0; i < seeds_.size(); ++i) {
    state.insert(fmt::format("generator.noise.{}", i), noise_[i].get_state());
    state.insert(fmt::format("generator.masks.{}", i), masks_[i].get_state());
  }
  state.insert("generator.default", default_generator_);
  return state;
}

void TrainingStep::load_state(const TensorMap& state, const std::string& source) {
  restore(parameters_and_buffers(), part_of(state, "tensors."), source);
  optimizer_.load_state(part_of(state, "optimizer."), source);
  average_.load_state(part_of(state, "average."), source);
  weights_.refresh();
  for (std::size_t i = 0; i < seeds_.size(); ++i) {
    restore_generator(noise_[i], state, fmt::format("generator.noise.{}", i), source);
    restore_generator(masks_[i], state, fmt::format("generator.masks.{}", i), source);
  }
  auto generator = make_generator(device_, 0);
  restore_generator(generator, state, "generator.default", source);
  default_generator_ = generator.get_state();
}

}  // namespace vib
