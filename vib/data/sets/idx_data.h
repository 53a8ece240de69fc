#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>

#include <torch/arg.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/data/hold_out.h"

namespace vib {

/// Where the images and labels of a data set in MNIST's format lie (Fashion-MNIST, EMNIST, KMNIST, one's own), and how
/// they are split and scaled.
struct IdxDataOptions {
  using Path = std::filesystem::path;

  IdxDataOptions(Path train_images, Path train_labels, Path test_images, Path test_labels)
      : train_images_(std::move(train_images)),
        train_labels_(std::move(train_labels)),
        test_images_(std::move(test_images)),
        test_labels_(std::move(test_labels)) {}

  /// IDX files, gzip-compressed or plain (see read_idx()). Both of labels may be empty: there are no targets then.
  TORCH_ARG(Path, train_images);
  TORCH_ARG(Path, train_labels);
  TORCH_ARG(Path, test_images);
  TORCH_ARG(Path, test_labels);
  /// Training examples held out. Default: 0.
  TORCH_ARG(HoldOut, validation) = 0;
  /// Which examples are held out depends on this alone. Default: 0.
  TORCH_ARG(std::uint64_t, seed) = 0;
  /// The label of the first class: 1 for the letters of EMNIST. Default: 0.
  TORCH_ARG(std::int64_t, first_label) = 0;
  /// Whether to swap rows and columns of the images: EMNIST's lie on their side. Default: false.
  TORCH_ARG(bool, transpose) = false;
  /// The value of a black pixel. Default: -1.
  TORCH_ARG(double, low) = -1.0;
  /// The value of a white pixel. Default: 1.
  TORCH_ARG(double, high) = 1.0;
};

/// Reads images of any size, `[N, HEIGHT, WIDTH]` (or `[N, CHANNELS, HEIGHT, WIDTH]`), as inputs
/// `[N, CHANNELS, HEIGHT, WIDTH]` uint8, and labels `[N]`, less `first_label`, as targets. Classes are 0 to the largest
/// training label.
///
/// Throws vib::DataError when a file is missing or damaged, images and labels differ in number or there are none, test
/// images have another size or labels that no training image has, or no training label is `first_label`.
VIB_API DataSplits load_idx(const IdxDataOptions& options);

/// One pair of such files, its labels as they are, none where `labels` is empty; `classes` is left to the caller.
/// Throws vib::DataError.
VIB_API Dataset read_idx_pair(const std::filesystem::path& images, const std::filesystem::path& labels);

}  // namespace vib
