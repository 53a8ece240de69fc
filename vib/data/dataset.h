#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/data/hold_out.h"

namespace vib {

/// Examples, resident on one device in the type they were stored in.
///
/// Inputs become what a network takes a batch at a time, on the device: bytes (pixels) float32, x = low + byte / 255 ·
/// (high - low); other integers (tokens) int64; floating-point numbers float32. Where `mean` and `scale` are given, x
/// becomes (x - mean) / scale.
///
/// Targets are classes, values, or where there are none the inputs themselves, to be reconstructed. Where `target_mean`
/// and `target_scale` are given, a value y becomes (y - target_mean) / target_scale.
struct VIB_API Dataset {
  torch::Tensor inputs;       ///< `[N, ...]`, integer or floating point
  torch::Tensor targets;      ///< `[N]` int64 in `[0, classes)`; `[N, D]` floating point; undefined: the inputs
  std::int64_t classes = 0;   ///< number of classes; 0 where targets are none
  double low = -1.0;          ///< value of byte 0
  double high = 1.0;          ///< value of byte 255
  torch::Tensor mean, scale;  ///< of each input value, of a shape that broadcasts to an example's; or undefined
  torch::Tensor target_mean, target_scale;       ///< of each value of a target, `[D]`, float64; or undefined
  torch::Tensor weights;                         ///< what each example counts, `[N]`, float32; undefined: all the same
  std::string name;                              ///< as in messages and logs, e.g. "mnist/train"
  std::map<std::string, torch::Tensor> factors;  ///< what else is known of each example (`[N]` or `[N, d]`), by name

  std::int64_t size() const { return inputs.defined() ? inputs.size(0) : 0; }

  /// The inputs at `index` (`[B]`, int64, on the data's device): `[B, ...]`.
  torch::Tensor batch_inputs(const torch::Tensor& index) const;
  /// The inputs of `begin <= i < end`.
  torch::Tensor batch_inputs(std::int64_t begin, std::int64_t end) const;
  /// Their targets: classes `[B]` int64, or values `[B, D]` float32. An input as its own target is flattened, its bytes
  /// are shades from 0 to 1, its numbers those that the network is given.
  torch::Tensor batch_targets(const torch::Tensor& index) const;
  torch::Tensor batch_targets(std::int64_t begin, std::int64_t end) const;

  Dataset to(torch::Device device) const;
  /// Examples `begin <= i < end` of every tensor (views, no copy).
  Dataset slice(std::int64_t begin, std::int64_t end) const;
  /// Examples at `index`, copied.
  Dataset select(const torch::Tensor& index) const;

  /// Σ of the weights: the number of examples where there are none.
  double total_weight() const;
  /// H(Y) in nats, from this split's own (weighted) label frequencies; none where targets are not classes.
  std::optional<double> label_entropy() const;
};

/// The three parts of an experiment. `validation` is empty (size 0) when nothing is held out.
struct DataSplits {
  Dataset train;
  Dataset validation;
  Dataset test;
};

/// Holds out examples of `train` as `validation`, drawn by a permutation that depends on `seed` alone.
/// "mnist/train" gives "mnist/validation" its name. Throws vib::DataError unless one is left to train on.
VIB_API DataSplits hold_out(Dataset train, Dataset test, HoldOut held_out, std::uint64_t seed);

}  // namespace vib
