#include "vib/report/plot/image_grid.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "vib/core/csv.h"
#include "vib/report/plot/format.h"
#include "vib/report/plot/svg_document.h"

namespace vib {
namespace {

constexpr int kWidth = 640, kMargin = 16, kTitle = 44, kNames = 120;  // pixels of the picture

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift);
  return bytes;
}

std::string chunk(const std::string& type, const std::string& data) {
  const auto body = type + data;
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(static_cast<std::uint32_t>(crc));
}

/// An image `[H, W, C]` of bytes, grey or in colour, as a PNG file (ISO 15948): every line unfiltered, in one zlib
/// stream.
std::string png(const torch::Tensor& image) {
  const auto height = image.size(0), width = image.size(1), line = width * image.size(2);
  std::string lines;
  for (std::int64_t y = 0; y < height; ++y) {
    lines += '\0';
    lines.append(reinterpret_cast<const char*>(image.const_data_ptr<std::uint8_t>() + y * line), line);
  }
  std::string packed(compressBound(lines.size()), '\0');
  auto size = static_cast<uLongf>(packed.size());
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(lines.data()), lines.size());
  packed.resize(size);
  const auto header = big_endian(static_cast<std::uint32_t>(width)) + big_endian(static_cast<std::uint32_t>(height)) +
                      (image.size(2) == 3 ? std::string("\x08\2\0\0\0", 5)    // eight bits, in colour
                                          : std::string("\x08\0\0\0\0", 5));  // or grey
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", packed) + chunk("IEND", "");
}

std::string base64(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');  // behind it OpenSSL writes a zero, as a string has there
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return text;
}

void check(const ImageGrid& grid) {
  const auto& shades = grid.shades;
  TORCH_CHECK(shades.dim() == 5 && shades.size(0) == static_cast<std::int64_t>(grid.rows.size()) &&
                  (shades.size(2) == 1 || shades.size(2) == 3),
              "a grid of images is [rows, columns, 1 or 3, H, W], got ", shades.sizes(), " for ", grid.rows.size(),
              " rows");
}

}  // namespace

std::string to_svg(const ImageGrid& grid) {
  check(grid);
  const auto rows = grid.shades.size(0), columns = grid.shades.size(1);
  const auto channels = grid.shades.size(2), height = grid.shades.size(3), width = grid.shades.size(4);
  const auto bytes = (grid.shades.clamp(0, 1) * 255).round().to(torch::kCPU, torch::kUInt8);
  const auto tiles = bytes.permute({0, 3, 1, 4, 2}).reshape({rows * height, columns * width, channels}).contiguous();
  const double row_height = static_cast<double>(kWidth - kNames - kMargin) / static_cast<double>(columns * width) *
                            static_cast<double>(height);
  std::string body =
      fmt::format("<text class=\"ink title\" x=\"{}\" y=\"26\">{}</text>\n", kMargin, escape_markup(grid.title));
  for (std::int64_t r = 0; r < rows; ++r)
    body += fmt::format("<text class=\"muted\" x=\"{}\" y=\"{:.1f}\">{}</text>\n", kMargin,
                        kTitle + row_height * (static_cast<double>(r) + 0.5) + 4, escape_markup(grid.rows[r]));
  body += fmt::format(
      "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{:.2f}\" style=\"image-rendering: pixelated\" "
      "href=\"data:image/png;base64,{}\"/>\n",
      kNames, kTitle, kWidth - kNames - kMargin, row_height * static_cast<double>(rows), base64(png(tiles)));
  return svg_document(kWidth, std::ceil(kTitle + row_height * static_cast<double>(rows) + kMargin), grid.title, body);
}

std::string to_csv(const ImageGrid& grid) {
  check(grid);
  const auto shades = grid.shades.to(torch::kCPU, torch::kFloat32).contiguous();
  const auto at = shades.accessor<float, 5>();
  const bool in_colour = shades.size(2) == 3;
  std::string csv = in_colour ? "row,column,y,x,red,green,blue\n" : "row,column,y,x,shade\n";
  for (std::int64_t r = 0; r < shades.size(0); ++r)
    for (std::int64_t c = 0; c < shades.size(1); ++c)
      for (std::int64_t y = 0; y < shades.size(3); ++y)
        for (std::int64_t x = 0; x < shades.size(4); ++x) {
          csv += fmt::format("{},{},{},{},{:.4g}", csv_field(grid.rows[r]), c, y, x, at[r][c][0][y][x]);
          if (in_colour) csv += fmt::format(",{:.4g},{:.4g}", at[r][c][1][y][x], at[r][c][2][y][x]);
          csv += '\n';
        }
  return csv;
}

}  // namespace vib
