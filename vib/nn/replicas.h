#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/nn/batch.h"
#include "vib/nn/vib_model.h"
#include "vib/nn/weights.h"

namespace vib {

/// Why R models like this one cannot be computed as one, or nothing where they can. They can where every parameter and
/// buffer belongs to a layer of LibTorch's own (linear, bilinear, (transposed) convolution, embedding, normalisation,
/// PReLU) or to a module that is Replicable; layers without parameters, dropout among them, are always welcome. Layers
/// may not share parameters, and LibTorch cannot batch a batch normalisation of `bfloat16` inputs.
VIB_API std::optional<std::string> why_not_replicable(torch::nn::Module& model, bool bfloat16 = false);

/// R models of one architecture computed as one: a leading dimension `[R]` on every parameter and buffer, batched
/// matrix products, and the same input for all. The modules stay written for one model; LibTorch's vmap runs the first
/// one's `forward` on all parameters at once.
///
/// While this lives the models' own parameters are views of the stack, so that each of them is its replica: evaluate
/// it, copy its weights, load weights into it. One model alone is not stacked, and computed as it is.
class VIB_API Replicas {
 public:
  /// Throws vib::Error where there are several models and they cannot be replicated (for computing in `bfloat16`),
  /// naming the module, and c10::Error where their shapes differ.
  explicit Replicas(std::vector<VibModel> models, bool bfloat16 = false);
  /// Gives the models storage of their own again, with the values that they have.
  ~Replicas();
  Replicas(const Replicas&) = delete;
  Replicas& operator=(const Replicas&) = delete;

  std::int64_t size() const { return static_cast<std::int64_t>(models_.size()); }
  VibModel& model(std::int64_t replica = 0) { return models_[replica]; }
  const VibModel& model(std::int64_t replica = 0) const { return models_[replica]; }

  /// One tensor per parameter of a model, in its order, without gradients: the parameter itself, or for R > 1 the stack
  /// `[R, ...]`; the weight of a linear layer is stacked as `[R, in, out]`, the layout its gradient comes in.
  const std::vector<torch::Tensor>& parameters() const { return parameters_; }
  /// Which of the parameters are weights of matrix products that may be computed in bfloat16. Of stacks these are the
  /// linear layers' alone: autocast does not reach a convolution below vmap, whose input would stay float32.
  const std::vector<bool>& matrices() const { return matrices_; }
  /// One replica's part of tensors shaped as `parameters()`, as views in the model's own shapes.
  std::vector<torch::Tensor> of_replica(const std::vector<torch::Tensor>& tensors, std::int64_t replica) const;

  /// While it lives, `map` computes with `weights`, shaped as `parameters()`: the parameters themselves, or copies
  /// in another precision. `leaves()` are the tensors that then get gradients.
  class Computing {
   public:
    Computing(Replicas& replicas, const std::vector<torch::Tensor>& weights);
    ~Computing();
    Computing(const Computing&) = delete;
    Computing& operator=(const Computing&) = delete;

   private:
    Replicas& replicas_;
    std::optional<ParameterSwap> swap_;  // of a single model
  };
  const std::vector<torch::Tensor>& leaves() const { return leaves_; }

  /// `function` of every replica, on the same inputs and targets: `[B, ...]` of one model becomes `[R, B, ...]`.
  /// `batch` has noise of `[M, R, B, K]`. Where nothing is being computed (`Computing`), the parameters themselves are
  /// used, without gradients for several models.
  TensorMap map(const ModelFunction& function, const Batch& batch);

  /// vib::dropout draws its masks from these from now on: replica r from generator `place[r]`, so that replicas of one
  /// seed share masks as they share noise. Without them, and for LibTorch's own dropout, from the default generator.
  void draw_masks_from(std::vector<torch::Generator> generators, std::vector<std::size_t> place);

 private:
  void stack();
  TensorMap map_stacked(const ModelFunction& function, const Batch& batch);
  std::vector<torch::Tensor> draw_masks(const torch::Tensor& x, double keep) const;

  std::vector<VibModel> models_;
  std::vector<torch::Tensor> parameters_;
  std::vector<bool> matrices_;
  std::vector<bool> transposed_;
  std::vector<torch::Tensor> leaves_;
  std::vector<torch::Generator> mask_generators_;
  std::vector<std::size_t> mask_place_;
  // The first model's buffers, stacked, and its layers' handles on parameters and buffers.
  std::vector<torch::Tensor> buffers_;
  std::vector<std::vector<torch::Tensor*>> parameter_handles_;
  std::vector<std::vector<torch::Tensor*>> buffer_handles_;
};

}  // namespace vib
