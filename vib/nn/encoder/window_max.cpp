#include "vib/nn/encoder/window_max.h"

#include <cstdint>
#include <limits>
#include <tuple>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/functorch/DynamicLayer.h>
#include <ATen/functorch/PlumbingHelper.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "vib/nn/encoder/window_kernels.h"

// One operator of LibTorch's dispatcher, so that vmap and autograd find their way through it. Its tensors may have a
// leading dimension [R]: then it computes R convolutions of the same tokens, which the rule for vmap makes use of.

namespace vib {
namespace {

using torch::Tensor;
using Results = std::tuple<Tensor, Tensor>;  // values and positions, [R, B, F]

Results call(const Tensor& words, const Tensor& weight, const Tensor& bias, const Tensor& tokens) {
  static const auto handle =
      c10::Dispatcher::singleton().findSchemaOrThrow("vib::window_max", "").typed<decltype(call)>();
  return handle.call(words, weight, bias, tokens);
}

/// The distinct tokens of a batch and where each token stands among them.
struct Distinct {
  std::vector<std::int64_t> tokens;
  std::vector<std::int32_t> rows;
  std::int32_t padding = -1;
};

Distinct distinct(const Tensor& tokens, std::int64_t vocabulary) {
  Distinct found;
  std::vector<std::int32_t> row_of(static_cast<std::size_t>(vocabulary), -1);
  const auto* data = tokens.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < tokens.numel(); ++i) {
    TORCH_CHECK(data[i] >= 0 && data[i] < vocabulary, "token ", data[i], " is not one of a vocabulary of ", vocabulary);
    auto& row = row_of[static_cast<std::size_t>(data[i])];
    if (row < 0) {
      row = static_cast<std::int32_t>(found.tokens.size());
      found.tokens.push_back(data[i]);
    }
    found.rows.push_back(row);
  }
  if (vocabulary > 0) found.padding = row_of[0];
  return found;
}

WindowShape shape_of(const Tensor& weight, const Tensor& tokens) {
  return {.batch = tokens.size(0),
          .length = tokens.size(1),
          .width = weight.size(-1),
          .filters = weight.size(-3),
          .embedding = weight.size(-2)};
}

/// What each distinct token adds to each filter at each place of a window: [R, U, W, F].
Tensor tabulate(const Tensor& words, const Tensor& weight, std::vector<std::int64_t>& tokens) {
  const auto index = torch::from_blob(tokens.data(), {static_cast<std::int64_t>(tokens.size())}, torch::kInt64);
  const bool reduced = at::autocast::is_autocast_enabled(at::kCPU) && words.scalar_type() == torch::kFloat32;
  const auto type = reduced ? at::autocast::get_autocast_dtype(at::kCPU) : words.scalar_type();
  const auto filters = weight.permute({0, 2, 3, 1}).flatten(2);  // [R, E, W F]
  return at::bmm(words.index_select(1, index).to(type), filters.to(type)).contiguous();
}

template <typename T, typename Value>
void search(const WindowShape& shape, const Tensor& table, const Distinct& found, Tensor& values, Tensor& positions) {
  const auto* t = table.const_data_ptr<T>();
  auto* v = values.mutable_data_ptr<Value>();
  auto* p = positions.mutable_data_ptr<std::int32_t>();
  const auto replica = table.stride(0);
  at::parallel_for(0, table.size(0) * shape.batch, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Value> scratch(static_cast<std::size_t>(shape.filters));
    for (auto i = begin; i < end; ++i) {
      best_windows(shape, t + i / shape.batch * replica, found.rows.data() + i % shape.batch * shape.length,
                   found.padding, v + i * shape.filters, p + i * shape.filters, scratch.data());
    }
  });
}

Results forward_cpu(const Tensor& words, const Tensor& weight, const Tensor& bias, const Tensor& tokens) {
  if (words.dim() == 2) {
    const auto [values, positions] = forward_cpu(words.unsqueeze(0), weight.unsqueeze(0), bias.unsqueeze(0), tokens);
    return {values.squeeze(0), positions.squeeze(0)};
  }
  const auto shape = shape_of(weight, tokens);
  const auto lined_up = tokens.contiguous();
  auto found = distinct(lined_up, words.size(1));
  const auto table = tabulate(words, weight, found.tokens);
  auto values = torch::empty({words.size(0), shape.batch, shape.filters}, words.options());
  auto positions = torch::empty(values.sizes(), torch::kInt32);
  switch (table.scalar_type()) {
    case torch::kFloat32: search<float, float>(shape, table, found, values, positions); break;
    case torch::kFloat64: search<double, double>(shape, table, found, values, positions); break;
    case torch::kBFloat16: search<c10::BFloat16, float>(shape, table, found, values, positions); break;
    default: TORCH_CHECK(false, "window_max computes in float32, float64 or bfloat16, not ", table.scalar_type());
  }
  return {values.add_(bias.unsqueeze(1)), positions.to(torch::kInt64)};
}

template <typename T>
void add_gradients(const WindowShape& shape, const Tensor& gradient, const Tensor& positions, const Tensor& tokens,
                   const Tensor& words, const Tensor& weight, Tensor& words_gradient, Tensor& weight_gradient) {
  const auto part = [](const Tensor& all, std::int64_t r) { return all.const_data_ptr<T>() + r * all.stride(0); };
  at::parallel_for(0, words.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto r = begin; r < end; ++r) {
      window_gradients(shape, part(gradient, r), positions.const_data_ptr<std::int64_t>() + r * positions.stride(0),
                       tokens.const_data_ptr<std::int64_t>(), part(words, r), part(weight, r),
                       words_gradient.mutable_data_ptr<T>() + r * words_gradient.stride(0),
                       weight_gradient.mutable_data_ptr<T>() + r * weight_gradient.stride(0));
    }
  });
}

struct WindowMax : torch::autograd::Function<WindowMax> {
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context, const Tensor& words,
                                                const Tensor& weight, const Tensor& bias, const Tensor& tokens) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const auto [values, positions] = call(words, weight, bias, tokens);
    context->save_for_backward({words, weight, tokens, positions});
    context->mark_non_differentiable({positions});
    return {values, positions};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const bool one = saved[0].dim() == 2;
    const auto stack = [&](const Tensor& tensor) { return (one ? tensor.unsqueeze(0) : tensor).contiguous(); };
    const auto words = stack(saved[0]), weight = stack(saved[1].transpose(-1, -2)), positions = stack(saved[3]);
    const auto gradient = stack(gradients[0]), tokens = saved[2].contiguous();
    auto to_words = torch::zeros_like(words), to_weight = torch::zeros_like(weight);
    const auto shape = shape_of(saved[1], tokens);
    auto* const add = words.scalar_type() == torch::kFloat64 ? add_gradients<double> : add_gradients<float>;
    add(shape, gradient, positions, tokens, words, weight, to_words, to_weight);
    const auto unstack = [&](const Tensor& tensor) { return one ? tensor.squeeze(0) : tensor; };
    return {unstack(to_words), unstack(to_weight.transpose(-1, -2)), unstack(gradient.sum(1)), Tensor()};
  }
};

Results differentiable(const Tensor& words, const Tensor& weight, const Tensor& bias, const Tensor& tokens) {
  const auto results = WindowMax::apply(words, weight, bias, tokens);
  return {results[0], results[1]};
}

/// The rule for vmap: the replicas' dimension becomes the leading one.
Results batched(const Tensor& words, const Tensor& weight, const Tensor& bias, const Tensor& tokens) {
  const c10::impl::ExcludeDispatchKeyGuard below(c10::DispatchKey::FuncTorchBatched);
  const auto level = at::functorch::maybeCurrentDynamicLayer()->layerId();
  TORCH_CHECK(!at::functorch::isBatchedAtLevel(tokens, level), "replicas take the same tokens");
  std::vector<Tensor> inside;
  std::vector<std::optional<std::int64_t>> dimensions;
  std::int64_t replicas = 1;
  for (const auto& tensor : {words, weight, bias}) {
    const auto [value, dimension] = at::functorch::unwrapTensorAtLevel(tensor, level);
    if (dimension) replicas = value.size(*dimension);
    inside.push_back(dimension ? value.movedim(*dimension, 0) : value.unsqueeze(0));
  }
  for (auto& tensor : inside) {
    auto sizes = tensor.sizes().vec();
    sizes[0] = replicas;
    tensor = tensor.expand(sizes);
  }
  const auto [values, positions] = call(inside[0], inside[1], inside[2], tokens);
  return {at::functorch::makeBatched(values, 0, level), at::functorch::makeBatched(positions, 0, level)};
}

TORCH_LIBRARY(vib, library) {
  library.def("window_max(Tensor words, Tensor weight, Tensor bias, Tensor tokens) -> (Tensor, Tensor)");
}
TORCH_LIBRARY_IMPL(vib, CPU, library) { library.impl("window_max", forward_cpu); }
TORCH_LIBRARY_IMPL(vib, AutogradCPU, library) { library.impl("window_max", differentiable); }
TORCH_LIBRARY_IMPL(vib, FuncTorchBatched, library) { library.impl("window_max", batched); }

Tensor convolve(const Tensor& words, const Tensor& weight, const Tensor& bias, const Tensor& tokens) {
  const auto sums = at::conv1d(at::embedding(words, tokens).transpose(1, 2), weight, bias);
  const auto padded = tokens.eq(0).unfold(1, weight.size(2), 1).all(-1).unsqueeze(1);
  return std::get<0>(sums.masked_fill(padded, -std::numeric_limits<double>::infinity()).max(-1));
}

}  // namespace

Tensor window_max(const Tensor& words, const Tensor& weight, const Tensor& bias, const Tensor& tokens) {
  TORCH_CHECK(tokens.dim() == 2 && tokens.scalar_type() == torch::kInt64, "tokens must be int64 of [B, L], got ",
              tokens.scalar_type(), " of ", tokens.sizes());
  TORCH_CHECK(words.dim() == 2 && weight.dim() == 3 && bias.dim() == 1 && words.size(1) == weight.size(1) &&
                  bias.size(0) == weight.size(0),
              "window_max takes words [V, E], weight [F, E, W] and bias [F], got ", words.sizes(), ", ", weight.sizes(),
              " and ", bias.sizes());
  TORCH_CHECK(tokens.size(1) >= weight.size(2), "texts of ", tokens.size(1), " tokens are shorter than a window of ",
              weight.size(2));
  TORCH_CHECK(words.scalar_type() == weight.scalar_type() && words.scalar_type() == bias.scalar_type() &&
                  (words.scalar_type() == torch::kFloat32 || words.scalar_type() == torch::kFloat64),
              "window_max takes float32 or float64 alone, got ", words.scalar_type(), ", ", weight.scalar_type(),
              " and ", bias.scalar_type());
  if (!tokens.is_cpu()) return convolve(words, weight, bias, tokens);
  return std::get<0>(call(words, weight, bias, tokens));
}

}  // namespace vib
