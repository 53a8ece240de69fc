#include "vib/nn/replicas.h"

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <ATen/functorch/BatchedTensorImpl.h>
#include <ATen/functorch/DynamicLayer.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <fmt/format.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/instancenorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "vib/core/error.h"
#include "vib/nn/dropout.h"
#include "vib/nn/matrix_weights.h"
#include "vib/nn/replicable.h"

// The one file that knows LibTorch's vmap from the inside (the machine behind Python's torch.func.vmap). A module's
// layers hold their tensors in public members; for the time of a forward pass these hold batched tensors instead, whose
// hidden dimension is the replica's. Autograd works underneath, on the stacked tensors.

namespace vib {
namespace {

namespace functorch = at::functorch;
using Tensors = std::vector<torch::Tensor>;
using Handles = std::vector<torch::Tensor*>;

template <typename Layer>
void add_handles(torch::nn::Module& module, Handles& handles) {
  auto* layer = module.as<Layer>();
  if (layer == nullptr) return;
  if constexpr (requires { layer->weight; }) handles.push_back(&layer->weight);
  if constexpr (requires { layer->bias; }) handles.push_back(&layer->bias);
  if constexpr (requires { layer->running_mean; }) handles.push_back(&layer->running_mean);
  if constexpr (requires { layer->running_var; }) handles.push_back(&layer->running_var);
}

template <typename... Layers>
void add_handles_of(torch::nn::Module& module, Handles& handles) {
  (add_handles<Layers>(module, handles), ...);
}

/// The members of a model's layers that hold parameters and buffers, by the tensor in them.
class HandleIndex {
 public:
  explicit HandleIndex(torch::nn::Module& model) {
    using namespace torch::nn;  // NOLINT: many layer types
    for (const auto& child : model.modules()) {
      Handles handles;
      add_handles_of<LinearImpl, BilinearImpl, Conv1dImpl, Conv2dImpl, Conv3dImpl, ConvTranspose1dImpl,
                     ConvTranspose2dImpl, ConvTranspose3dImpl, EmbeddingImpl, EmbeddingBagImpl, BatchNorm1dImpl,
                     BatchNorm2dImpl, BatchNorm3dImpl, InstanceNorm1dImpl, InstanceNorm2dImpl, InstanceNorm3dImpl,
                     LayerNormImpl, GroupNormImpl, PReLUImpl>(*child, handles);
      if (auto* own = dynamic_cast<Replicable*>(child.get()))
        for (auto* member : own->tensor_members()) handles.push_back(member);
      for (auto* handle : handles)
        if (handle->defined()) index_[handle->unsafeGetTensorImpl()].push_back(handle);
    }
  }

  /// Empty where no known layer holds the tensor. Several where layers share it.
  Handles of(const torch::Tensor& tensor) const {
    const auto found = index_.find(tensor.unsafeGetTensorImpl());
    return found == index_.end() ? Handles() : found->second;
  }

 private:
  std::unordered_map<const void*, Handles> index_;
};

bool is_batch_norm(const torch::nn::Module& module) {
  using namespace torch::nn;  // NOLINT: layer types
  return module.as<BatchNorm1dImpl>() || module.as<BatchNorm2dImpl>() || module.as<BatchNorm3dImpl>();
}

// A normalisation's count of batches is the same for every replica, and stays one number that they share.
bool is_shared(const std::string& buffer) { return buffer.ends_with("num_batches_tracked"); }

/// A vmap level of R replicas, for as long as it lives.
class VmapLevel {
 public:
  explicit VmapLevel(std::int64_t replicas)
      : level_(functorch::initAndPushDynamicLayer(functorch::TransformType::Vmap, c10::SymInt(replicas),
                                                  functorch::RandomnessType::Different)),
        replicas_(replicas) {}
  ~VmapLevel() { functorch::popDynamicLayerAndDeleteMetadata(); }
  VmapLevel(const VmapLevel&) = delete;
  VmapLevel& operator=(const VmapLevel&) = delete;

  torch::Tensor wrap(const torch::Tensor& stacked, std::int64_t dim) const {
    return functorch::addBatchDim(stacked, dim, level_);
  }
  /// The tensor inside, the replicas' dimension at `dim`; what does not depend on the replica is repeated.
  torch::Tensor unwrap(const torch::Tensor& tensor, std::int64_t dim) const {
    if (const auto* batched = functorch::maybeGetBatchedImpl(tensor); batched != nullptr && batched->level() == level_)
      return batched->value().movedim(batched->bdim(), dim);
    auto shape = tensor.sizes().vec();
    shape.insert(shape.begin() + dim, replicas_);
    return tensor.unsqueeze(dim).expand(shape);
  }

 private:
  std::int64_t level_;
  std::int64_t replicas_;
};

/// While it lives, operations are not seen by vmap: they are of plain tensors, drawn from a generator of one's own.
class BelowVmap {
 public:
  BelowVmap()
      : guard_(c10::DispatchKeySet({c10::DispatchKey::FuncTorchDynamicLayerFrontMode,
                                    c10::DispatchKey::FuncTorchDynamicLayerBackMode,
                                    c10::DispatchKey::FuncTorchVmapMode, c10::DispatchKey::FuncTorchBatched})) {}

 private:
  torch::NoGradGuard no_grad_;
  c10::impl::ExcludeDispatchKeyGuard guard_;
};

/// Puts tensors into handles, and the old ones back at its end.
class HandleSwap {
 public:
  void put(const Handles& handles, const torch::Tensor& tensor) {
    for (auto* handle : handles) {
      originals_.emplace_back(handle, *handle);
      *handle = tensor;
    }
  }
  HandleSwap() = default;
  ~HandleSwap() {
    for (auto& [handle, original] : originals_) *handle = std::move(original);
  }
  HandleSwap(const HandleSwap&) = delete;
  HandleSwap& operator=(const HandleSwap&) = delete;

 private:
  std::vector<std::pair<torch::Tensor*, torch::Tensor>> originals_;
};

}  // namespace

std::optional<std::string> why_not_replicable(torch::nn::Module& model, bool bfloat16) {
  const HandleIndex handles(model);
  std::unordered_set<const void*> seen;
  for (const auto& item : model.named_parameters())
    if (!seen.insert(item.value().unsafeGetTensorImpl()).second)
      return fmt::format("\"{}\" is shared between layers", item.key());
  for (const auto& child : model.named_modules())
    if (bfloat16 && is_batch_norm(*child.value()))
      return fmt::format("\"{}\" is a batch normalisation, which cannot be replicated in bfloat16", child.key());
  const auto orphan = [&](const auto& tensors) -> std::optional<std::string> {
    for (const auto& item : tensors)
      if (!is_shared(item.key()) && handles.of(item.value()).empty())
        return fmt::format(
            "\"{}\" belongs to a module that is neither a layer of LibTorch's with tensors nor vib::Replicable",
            item.key());
    return std::nullopt;
  };
  if (auto reason = orphan(model.named_parameters())) return reason;
  return orphan(model.named_buffers());
}

Replicas::Replicas(std::vector<VibModel> models, bool bfloat16) : models_(std::move(models)) {
  TORCH_CHECK(!models_.empty(), "there is no model to train");
  std::unordered_set<const void*> matrix_weights, linear_weights;
  for (const auto& child : model()->modules()) {
    if (const auto layer = matrix_layer(*child)) matrix_weights.insert(layer->weight.unsafeGetTensorImpl());
    if (const auto* linear = child->as<torch::nn::Linear>())
      linear_weights.insert(linear->weight.unsafeGetTensorImpl());
  }
  for (const auto& parameter : model()->parameters()) {
    const bool linear = linear_weights.contains(parameter.unsafeGetTensorImpl());
    transposed_.push_back(size() > 1 && linear);
    matrices_.push_back(size() > 1 ? linear : matrix_weights.contains(parameter.unsafeGetTensorImpl()));
  }

  if (size() > 1) {
    if (const auto reason = why_not_replicable(*model(), bfloat16))
      throw Error(fmt::format("{} models cannot be trained as one: {}; train them one by one", size(), *reason));
    stack();
    return;
  }
  for (const auto& parameter : model()->parameters()) parameters_.push_back(parameter.detach());
}

void Replicas::stack() {
  const HandleIndex handles(*model());
  std::vector<Tensors> parameters, buffers;  // of each model
  for (const auto& m : models_) {
    parameters.push_back(m->parameters());
    buffers.push_back({});
    const auto first = model()->named_buffers();
    for (auto& buffer : m->named_buffers()) {
      if (is_shared(buffer.key()))
        buffer.value().set_data(first[buffer.key()]);
      else
        buffers.back().push_back(buffer.value());
    }
  }
  // Stacks the i-th tensor of every model, and makes the models' tensors views of the stack.
  const auto stack_up = [&](std::vector<Tensors>& of_model, std::size_t i, bool transposed) {
    Tensors parts;
    for (const auto& tensors : of_model) parts.push_back(transposed ? tensors[i].detach().t() : tensors[i].detach());
    const auto stacked = at::stack(parts);
    for (std::int64_t r = 0; r < size(); ++r) of_model[r][i].set_data(transposed ? stacked[r].t() : stacked[r]);
    return stacked;
  };
  for (std::size_t i = 0; i < matrices_.size(); ++i) {
    parameter_handles_.push_back(handles.of(parameters[0][i]));
    parameters_.push_back(stack_up(parameters, i, transposed_[i]));
  }
  for (std::size_t i = 0; i < buffers[0].size(); ++i) {
    buffer_handles_.push_back(handles.of(buffers[0][i]));
    buffers_.push_back(stack_up(buffers, i, false));
  }
}

Replicas::~Replicas() {
  if (size() == 1) return;
  const auto own = [](torch::Tensor tensor) { tensor.set_data(tensor.detach().clone(at::MemoryFormat::Contiguous)); };
  for (const auto& m : models_) {
    for (const auto& parameter : m->parameters()) own(parameter);
    for (const auto& buffer : m->buffers()) own(buffer);
  }
}

std::vector<torch::Tensor> Replicas::of_replica(const std::vector<torch::Tensor>& tensors, std::int64_t replica) const {
  if (size() == 1) return tensors;
  Tensors parts;
  for (std::size_t i = 0; i < tensors.size(); ++i)
    parts.push_back(transposed_[i] ? tensors[i][replica].t() : tensors[i][replica]);
  return parts;
}

Replicas::Computing::Computing(Replicas& replicas, const std::vector<torch::Tensor>& weights) : replicas_(replicas) {
  if (replicas.size() == 1) {
    replicas.leaves_ = replicas.model()->parameters();
    swap_.emplace(replicas.leaves_, weights);
  } else {
    const auto own = replicas.model()->parameters();
    for (std::size_t i = 0; i < weights.size(); ++i)
      replicas.leaves_.push_back(weights[i].detach().requires_grad_(own[i].requires_grad()));
  }
}

Replicas::Computing::~Computing() { replicas_.leaves_.clear(); }

void Replicas::draw_masks_from(std::vector<torch::Generator> generators, std::vector<std::size_t> place) {
  mask_generators_ = std::move(generators);
  mask_place_ = std::move(place);
}

// One for each generator, of one model's shape, as a single run of its seed draws it.
Tensors Replicas::draw_masks(const torch::Tensor& x, double keep) const {
  Tensors masks;
  for (const auto& generator : mask_generators_)
    masks.push_back(torch::empty(x.sizes(), x.options().requires_grad(false)).bernoulli_(keep, generator).div_(keep));
  return masks;
}

TensorMap Replicas::map(const ModelFunction& function, const Batch& batch) {
  if (size() > 1) return map_stacked(function, batch);
  std::optional<MaskSource> masks;
  if (!mask_generators_.empty())
    masks.emplace([&](const torch::Tensor& x, double keep) { return draw_masks(x, keep).front(); });
  const auto noise = batch.noise.defined() ? batch.noise.squeeze(1) : batch.noise;
  TensorMap result;
  for (const auto& item : function(*model(), {batch.x, batch.y, noise, batch.units}))
    result.insert(item.key(), item.value().unsqueeze(0));
  return result;
}

TensorMap Replicas::map_stacked(const ModelFunction& function, const Batch& batch) {
  const VmapLevel level(size());
  HandleSwap handles;
  const auto& weights = leaves_.empty() ? parameters_ : leaves_;
  for (std::size_t i = 0; i < weights.size(); ++i)
    handles.put(parameter_handles_[i], level.wrap(transposed_[i] ? weights[i].transpose(1, 2) : weights[i], 0));
  for (std::size_t i = 0; i < buffers_.size(); ++i) handles.put(buffer_handles_[i], level.wrap(buffers_[i], 0));

  std::optional<MaskSource> masks;
  if (!mask_generators_.empty())
    masks.emplace([&](const torch::Tensor& x, double keep) {
      const BelowVmap below;
      const auto of_generator = draw_masks(x, keep);
      Tensors of_replica;
      for (const auto place : mask_place_) of_replica.push_back(of_generator[place]);
      return level.wrap(at::stack(of_replica), 0);
    });
  const auto noise = batch.noise.defined() ? level.wrap(batch.noise, 1) : batch.noise;
  TensorMap result;
  for (const auto& item : function(*model(), {batch.x, batch.y, noise, batch.units}))
    result.insert(item.key(), level.unwrap(item.value(), 0));
  return result;
}

}  // namespace vib
