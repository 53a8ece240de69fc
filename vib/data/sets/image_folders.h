#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <torch/arg.h>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/data/row_splits.h"

namespace vib {

/// Which folders hold images, and what is made of them.
struct ImageFolderOptions {
  using Path = std::filesystem::path;
  using Size = std::vector<std::int64_t>;

  explicit ImageFolderOptions(Path train) : train_(std::move(train)) {}

  /// A folder that holds a folder for each class, of PNG and JPEG files.
  TORCH_ARG(Path, train);
  /// The same of the test part. Default: none, a random share of the training images.
  TORCH_ARG(Path, test);
  /// The share of images taken for test, rounded, where there is no folder for it. Default: 0.2.
  TORCH_ARG(double, test_share) = 0.2;
  /// How the images are divided.
  TORCH_ARG(SplitOptions, split);
  /// Height and width. Default: those of the first training image.
  TORCH_ARG(Size, size);
  /// 3, red, green and blue, or 1, grey. Default: 3.
  TORCH_ARG(std::int64_t, channels) = 3;
  /// The value of a black pixel. Default: -1.
  TORCH_ARG(double, low) = -1.0;
  /// The value of a white pixel. Default: 1.
  TORCH_ARG(double, high) = 1.0;
};

/// Images of folders, and the classes' names: those of the training part's folders in order.
struct ImageFolders {
  DataSplits splits;  ///< inputs uint8 `[N, CHANNELS, HEIGHT, WIDTH]`
  std::vector<std::string> classes;
};

/// Reads images of a folder a class, in order of the classes' names, then the files', each as read_image() resizes it.
/// Folders whose names begin with a point, and files that end in neither .png, .jpg nor .jpeg, are passed over.
///
/// Throws vib::DataError, naming file or folder, where one is missing, empty or damaged, and where the test part has a
/// class that the training part has not.
VIB_API ImageFolders load_image_folders(const ImageFolderOptions& options);

/// The images of one such folder, of these classes, at the size and with the channels of `options`. Throws as above.
VIB_API Dataset read_image_folder(const std::filesystem::path& folder, const std::vector<std::string>& classes,
                                  const ImageFolderOptions& options);

/// Images `[N, channels, height, width]`, each as read_image() resizes it. Throws vib::DataError.
VIB_API torch::Tensor read_image_files(const std::vector<std::filesystem::path>& files, std::int64_t channels,
                                       std::int64_t height, std::int64_t width);

}  // namespace vib
