#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <torch/types.h>

namespace vib {

/// Labelled examples, resident on one device in the type they were stored in (bytes for images).
///
/// Bytes become float32 a batch at a time, on the device: x = low + byte / 255 · (high - low). Floating-point inputs
/// keep their values.
struct Dataset {
  torch::Tensor inputs;       ///< `[N, ...]`, uint8 or floating point
  torch::Tensor targets;      ///< `[N]`, int64 class indices in `[0, classes)`
  std::int64_t classes = 0;   ///< number of classes
  double low = -1.0;          ///< value of byte 0
  double high = 1.0;          ///< value of byte 255
  std::string name;           ///< as in messages and logs, e.g. "mnist/train"
  std::map<std::string, torch::Tensor> factors;  ///< what else is known of each example (`[N]` or `[N, d]`), by name

  std::int64_t size() const { return targets.defined() ? targets.size(0) : 0; }

  /// The examples at `index` (`[B]`, int64, on the data's device) as float32: `[B, ...]`.
  torch::Tensor batch_inputs(const torch::Tensor& index) const;
  /// The examples `begin <= i < end` as float32.
  torch::Tensor batch_inputs(std::int64_t begin, std::int64_t end) const;

  Dataset to(torch::Device device) const;
  /// Examples `begin <= i < end` of every tensor (views, no copy).
  Dataset slice(std::int64_t begin, std::int64_t end) const;
  /// Examples at `index`, copied.
  Dataset select(const torch::Tensor& index) const;

  /// H(Y) in nats, from this split's own label frequencies.
  double label_entropy() const;
};

/// The three parts of an experiment. `validation` is empty (size 0) when nothing is held out.
struct DataSplits {
  Dataset train;
  Dataset validation;
  Dataset test;
};

/// Holds out `count` examples of `train` as `validation`, drawn by a permutation that depends on `seed` alone.
/// `count` = 0 holds out nothing. "mnist/train" gives "mnist/validation" its name. Throws vib::DataError unless
/// 0 <= count < train.size().
DataSplits hold_out(Dataset train, Dataset test, std::int64_t count, std::uint64_t seed);

}  // namespace vib
