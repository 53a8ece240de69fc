#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// Reads a PNG or a JPEG file, told apart by what they begin with, as bytes `[3, H, W]` (red, green, blue; a grey image
/// has three equal ones, a transparent one lies on black). How a camera was held (EXIF) is not looked at. Throws
/// vib::DataError, naming the file, where it is missing, damaged, empty, larger than a hundred million pixels, or
/// something else.
VIB_API torch::Tensor read_image(const std::filesystem::path& path);

/// The same as `[channels, height, width]`: in grey (ITU-R 601) where `channels` is 1, else 3; resized by a triangle
/// filter as wide as a new pixel, without regard to the sides' proportion, where the size is another one.
VIB_API torch::Tensor read_image(const std::filesystem::path& path, std::int64_t channels, std::int64_t height,
                                 std::int64_t width);

/// Whether the name ends as that of such a file: .png, .jpg or .jpeg, in either case.
VIB_API bool is_image_name(const std::filesystem::path& path);

/// The image files of `folder`, in order of their names. Throws vib::DataError where it is no folder.
VIB_API std::vector<std::filesystem::path> image_files(const std::filesystem::path& folder);

}  // namespace vib
