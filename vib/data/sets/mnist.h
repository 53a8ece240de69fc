#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include <torch/arg.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/data/hold_out.h"

namespace vib {

/// Where MNIST lies and how it is split and scaled.
struct MnistOptions {
  explicit MnistOptions(std::filesystem::path root) : root_(std::move(root)) {}

  /// The folder that holds the four IDX files, gzip-compressed or plain.
  TORCH_ARG(std::filesystem::path, root);
  /// Examples held out of the 60,000 training ones. Default: 5000.
  TORCH_ARG(HoldOut, validation) = 5000;
  /// Which examples are held out depends on this alone. Default: 0.
  TORCH_ARG(std::uint64_t, seed) = 0;
  /// The value of a black pixel. Default: -1.
  TORCH_ARG(double, low) = -1.0;
  /// The value of a white pixel. Default: 1.
  TORCH_ARG(double, high) = 1.0;
};

/// MNIST (LeCun, Cortes & Burges): inputs `[N, 1, 28, 28]` uint8, 10 classes.
/// Throws vib::DataError when a file is missing or damaged, images and labels disagree in number, images are not
/// 28 x 28, or a label is not a digit.
VIB_API DataSplits load_mnist(const MnistOptions& options);

/// The four files in such a folder: images and labels for training, then those for test. Throws vib::DataError where
/// one is missing.
std::vector<std::filesystem::path> mnist_file_paths(const std::filesystem::path& root);

}  // namespace vib
