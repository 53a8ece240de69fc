#include "vib/data/format/image.h"

#include <png.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <system_error>

#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/data/format/jpeg_reader.h"
#include "vib/data/format/mapped_file.h"

namespace vib {
namespace {

// A few bytes can ask for any amount of memory.
constexpr std::int64_t kMostPixels = 100'000'000;
/// Of a PNG: its pixels take a bit or more, and deflate cannot shrink anything further than by 1032.
constexpr std::uint64_t kMostPixelsPerByte = 8 * 1032;

[[noreturn]] void refuse_image(const std::filesystem::path& path, const std::string& reason) {
  throw DataError(fmt::format("{}: {}", path.string(), reason));
}

torch::Tensor pixels_for(const std::filesystem::path& path, std::int64_t height, std::int64_t width) {
  if (height * width > kMostPixels)
    refuse_image(path, fmt::format("an image of {} x {} pixels; at most {} are read: make it smaller", width, height,
                                   kMostPixels));
  return torch::empty({height, width, 3}, torch::kUInt8);
}

torch::Tensor read_png(const std::filesystem::path& path, const torch::Tensor& bytes) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const auto size = static_cast<std::size_t>(bytes.numel());
  if (png_image_begin_read_from_memory(&image, bytes.const_data_ptr(), size) == 0)
    refuse_image(path, fmt::format("a damaged PNG file: {}", image.message));
  image.format = PNG_FORMAT_RGB;
  try {
    if (std::uint64_t{image.height} * image.width > size * kMostPixelsPerByte)
      refuse_image(path, fmt::format("a damaged PNG file: it declares {} x {} pixels, more than {} bytes can hold",
                                     image.width, image.height, size));
    auto pixels = pixels_for(path, image.height, image.width).zero_();  // on which a transparent image lies
    if (png_image_finish_read(&image, nullptr, pixels.mutable_data_ptr(), 0, nullptr) == 0)
      refuse_image(path, fmt::format("a damaged PNG file: {}", image.message));
    return pixels;
  } catch (...) {
    png_image_free(&image);
    throw;
  }
}

torch::Tensor read_jpeg(const std::filesystem::path& path, const torch::Tensor& bytes) {
  JpegReader reader(bytes.const_data_ptr<std::uint8_t>(), static_cast<std::size_t>(bytes.numel()));
  if (!reader.open()) refuse_image(path, fmt::format("a damaged JPEG file: {}", reader.error()));
  if (reader.is_cmyk()) refuse_image(path, "a JPEG file in CMYK, the colours of printers; convert it to RGB");
  auto pixels = pixels_for(path, reader.height(), reader.width());
  if (!reader.read(pixels.mutable_data_ptr<std::uint8_t>()))
    refuse_image(path, fmt::format("a damaged JPEG file: {}", reader.error()));
  return pixels;
}

}  // namespace

torch::Tensor read_image(const std::filesystem::path& path) {
  const auto bytes = map_file(path);
  const std::string_view text(static_cast<const char*>(bytes.const_data_ptr()),
                              static_cast<std::size_t>(bytes.numel()));
  if (text.empty()) refuse_image(path, "expected a PNG or JPEG image, found an empty file");
  if (text.starts_with("\x89PNG")) return read_png(path, bytes).permute({2, 0, 1});
  if (text.starts_with("\xFF\xD8")) return read_jpeg(path, bytes).permute({2, 0, 1});
  refuse_image(path, "expected a PNG or JPEG image: it begins as neither");
}

torch::Tensor read_image(const std::filesystem::path& path, std::int64_t channels, std::int64_t height,
                         std::int64_t width) {
  auto image = read_image(path);
  if (channels == 1) {
    const auto rgb = image.to(torch::kInt32);
    const auto luma = rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 32768;
    image = luma.div(65536, "floor").to(torch::kUInt8).unsqueeze(0);
  }
  if (image.size(1) != height || image.size(2) != width) {
    const auto resized = at::_upsample_bilinear2d_aa(image.to(torch::kFloat32).contiguous().unsqueeze(0),
                                                     {height, width}, /*align_corners=*/false);
    image = resized.squeeze(0).add(0.5).floor().clamp(0, 255).to(torch::kUInt8);
  }
  return image.contiguous();
}

bool is_image_name(const std::filesystem::path& path) {
  auto ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

std::vector<std::filesystem::path> image_files(const std::filesystem::path& folder) {
  std::error_code failed;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (is_image_name(entry.path())) files.push_back(entry.path());
  if (failed) refuse_image(folder, fmt::format("expected a folder of images: {}", failed.message()));
  std::ranges::sort(files);
  return files;
}

}  // namespace vib
