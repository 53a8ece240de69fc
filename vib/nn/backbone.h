#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include "vib/nn/taps.h"

namespace vib {

/// Any module that maps a tensor to a tensor, the user's own included. Unlike torch::nn::AnyModule it holds a
/// `Sequential` too, whose `forward` is a template.
class Backbone {
 public:
  /// Holds `impl`, whose `forward` maps a batch `[B, ...]` to features `[B, F]`.
  template <typename Impl>
  explicit Backbone(std::shared_ptr<Impl> impl)
      : module_(impl),
        forward_([impl](const torch::Tensor& x, Taps* taps) -> torch::Tensor {
          if constexpr (takes_taps<Impl>)
            return impl->forward(x, taps);
          else
            return impl->forward(x);
        }),
        clone_([impl](const auto& device) { return Backbone(std::dynamic_pointer_cast<Impl>(impl->clone(device))); }) {}

  template <typename Impl>
  explicit Backbone(const torch::nn::ModuleHolder<Impl>& holder) : Backbone(holder.ptr()) {}

  /// The module itself, to be registered.
  const std::shared_ptr<torch::nn::Module>& module() const { return module_; }
  /// `[B, ...]` -> `[B, F]`. A module whose `forward` takes no `Taps*` hands nothing out.
  torch::Tensor forward(const torch::Tensor& x, Taps* taps = nullptr) const { return forward_(x, taps); }
  /// A deep copy. Throws c10::Error where the module is not torch::nn::Cloneable.
  Backbone clone(const std::optional<torch::Device>& device) const { return clone_(device); }

 private:
  struct Anything {};
  // A `forward` that takes anything whatever is Sequential's, which hands it on to its first layer.
  template <typename Impl>
  static constexpr bool takes_taps = requires(Impl& impl, const torch::Tensor& x, Taps* taps) {
    impl.forward(x, taps);
  }
  &&!requires(Impl & impl, const torch::Tensor& x) { impl.forward(x, Anything{}); };

  std::shared_ptr<torch::nn::Module> module_;
  std::function<torch::Tensor(const torch::Tensor&, Taps*)> forward_;
  std::function<Backbone(const std::optional<torch::Device>&)> clone_;
};

}  // namespace vib
