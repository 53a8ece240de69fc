#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <torch/arg.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/data/row_splits.h"
#include "vib/data/targets.h"

namespace vib {

/// Which files hold the tensors of a data set (see read_tensor()), and how they are split and scaled.
struct TensorDataOptions {
  TensorDataOptions(std::string train_inputs, std::string train_targets)
      : train_inputs_(std::move(train_inputs)), train_targets_(std::move(train_targets)) {}

  /// `[N, ...]`: floating-point numbers, bytes (scaled to [low, high]), bool (0 and 1) or other whole numbers (tokens).
  TORCH_ARG(std::string, train_inputs);
  /// `[N]` or `[N, D]`, as `targets` wants them.
  TORCH_ARG(std::string, train_targets);
  /// As above, for test. Default: none, `test` examples are taken from the training ones.
  TORCH_ARG(std::string, test_inputs);
  TORCH_ARG(std::string, test_targets);
  /// How many examples are taken for test, at random, where there is no file for it. Default: 0.
  TORCH_ARG(std::int64_t, test) = 0;
  /// How the examples are divided.
  TORCH_ARG(SplitOptions, split);
  /// Classes, 0 to the largest of the training file; values; or none, whose files are not read. Default: classes.
  TORCH_ARG(TargetKind, targets) = TargetKind::classes;
  /// Whether to find mean and scale of the training part, that without validation and test; tokens have none. Default:
  /// false.
  TORCH_ARG(bool, standardize) = false;
  /// Whether that holds for bytes, too, pixel by pixel. Default: true.
  TORCH_ARG(bool, standardize_bytes) = true;
  /// Whether values to predict get mean and scale, too (see standardize_targets()). Default: false.
  TORCH_ARG(bool, standardize_targets) = false;
  /// The value of byte 0. Default: -1.
  TORCH_ARG(double, low) = -1.0;
  /// The value of byte 255. Default: 1.
  TORCH_ARG(double, high) = 1.0;
};

/// Reads tensors as a data set. With neither validation nor test to be taken from them, inputs stay where read_tensor()
/// put them, mapped ones in their file; otherwise each part is copied, once.
///
/// Throws vib::DataError that names the file where a file cannot be read, is empty or holds a NaN, an infinity or a
/// negative token (and the row), inputs and targets differ in number, test examples in shape or kind from training
/// ones, or targets are none of the kind asked for.
VIB_API DataSplits load_tensor_data(const TensorDataOptions& options);

/// Throws vib::DataError that names the first row (along dimension 0) of `tensor`, integers, with a token id that is
/// negative or not below `tokens`.
VIB_API void check_tokens(const torch::Tensor& tensor, std::int64_t tokens, const std::string& source);

}  // namespace vib
