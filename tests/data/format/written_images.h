#pragma once

// jpeglib.h leans on what stands before it.
// clang-format off
#include <cstdio>
#include <jpeglib.h>
// clang-format on
#include <png.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <torch/types.h>

namespace vib::test {

/// Writes `[3, H, W]` bytes with libpng.
inline void write_png(const std::filesystem::path& path, const torch::Tensor& pixels) {
  const auto rows = pixels.permute({1, 2, 0}).contiguous();
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.format = PNG_FORMAT_RGB;
  image.height = static_cast<png_uint_32>(pixels.size(1));
  image.width = static_cast<png_uint_32>(pixels.size(2));
  if (png_image_write_to_file(&image, path.c_str(), 0, rows.const_data_ptr(), 0, nullptr) == 0)
    throw std::runtime_error(image.message);
}

/// Writes `[3, H, W]` bytes with libjpeg, at its best quality.
inline void write_jpeg(const std::filesystem::path& path, const torch::Tensor& pixels) {
  auto rows = pixels.permute({1, 2, 0}).contiguous();
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  jpeg_stdio_dest(&info, file);
  info.image_height = static_cast<JDIMENSION>(pixels.size(1));
  info.image_width = static_cast<JDIMENSION>(pixels.size(2));
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = rows.mutable_data_ptr<std::uint8_t>() + std::size_t{info.next_scanline} * info.image_width * 3;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::fclose(file);
}

/// The checksum of a PNG's chunk.
inline std::uint32_t crc_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

}  // namespace vib::test
