#include "vib/report/drawn_examples.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "vib/core/utf8.h"

namespace vib {
namespace {

constexpr std::string_view kRamp = " .:-=+*#%@";
constexpr std::string_view kGap = "  ";

using Colour = std::array<int, 3>;

/// One image, of which every `step`th pixel counts.
class Picture {
 public:
  Picture(const torch::Tensor& image, std::int64_t step)
      : pixels_(image.slice(1, 0, std::nullopt, step).slice(2, 0, std::nullopt, step).contiguous()) {}

  std::int64_t width() const { return pixels_.size(2); }
  std::int64_t height() const { return pixels_.size(1); }

  Colour at(std::int64_t row, std::int64_t column) const {
    row = std::min(row, height() - 1);  // of an odd height, the last one counts twice
    const auto value = [&](std::int64_t channel) {
      return static_cast<int>(pixels_.const_data_ptr<std::uint8_t>()[(channel * height() + row) * width() + column]);
    };
    return pixels_.size(0) == 3 ? Colour{value(0), value(1), value(2)} : Colour{value(0), value(0), value(0)};
  }

 private:
  torch::Tensor pixels_;
};

int brightness(const Colour& c) { return (299 * c[0] + 587 * c[1] + 114 * c[2]) / 1000; }

std::string ascii_cell(const Colour& upper, const Colour& lower) {
  const auto level = static_cast<std::size_t>(brightness(upper) + brightness(lower)) * kRamp.size() / 511;
  return std::string(1, kRamp[level]);
}

std::string colour_cell(const Colour& upper, const Colour& lower) {
  return fmt::format("\x1b[38;2;{};{};{}m\x1b[48;2;{};{};{}m▀", upper[0], upper[1], upper[2], lower[0], lower[1],
                     lower[2]);
}

std::string line_of(const Picture& picture, std::int64_t row, Shades shades) {
  std::string line;
  for (std::int64_t column = 0; column < picture.width(); ++column) {
    const auto upper = picture.at(row, column), lower = picture.at(row + 1, column);
    line += shades == Shades::kColour ? colour_cell(upper, lower) : ascii_cell(upper, lower);
  }
  return shades == Shades::kColour ? line + "\x1b[0m" : line;
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string padded(std::string_view caption, std::int64_t width) {
  std::string text(caption);
  for (auto have = static_cast<std::int64_t>(character_count(caption)); have < width; ++have) text += ' ';
  return text;
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

/// At most `most` characters from the beginning of `text`.
std::vector<std::string> safe_characters(std::string_view text, std::size_t most) {
  std::vector<std::string> characters;
  while (!text.empty() && characters.size() < most) {
    const auto [code, length, valid] = first_character(text);
    characters.emplace_back(!valid ? "?" : is_control(code) ? " " : text.substr(0, length));
    text.remove_prefix(length);
  }
  return characters;
}

}  // namespace

std::string draw_images(const torch::Tensor& images, const std::vector<std::string>& captions, Shades shades,
                        int columns) {
  TORCH_CHECK(images.dim() == 4 && images.scalar_type() == torch::kUInt8, "draw_images: expected [N, C, H, W] uint8");
  columns = std::max(columns, 1);
  const auto step = (images.size(3) + columns - 1) / columns;
  std::vector<Picture> pictures;
  std::string text;
  std::int64_t used = 0;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    Picture picture(images[i], step);
    const auto caption = static_cast<std::size_t>(i) < captions.size() ? captions[static_cast<std::size_t>(i)] : "";
    if (i > 0 && used + picture.width() > columns) break;
    used += picture.width() + static_cast<std::int64_t>(kGap.size());
    text += padded(caption, picture.width() + static_cast<std::int64_t>(kGap.size()));
    pictures.push_back(std::move(picture));
  }
  if (pictures.empty()) return "";
  text = without_trailing_spaces(std::move(text));
  for (std::int64_t row = 0; row < pictures.front().height(); row += 2) {
    std::string line;
    for (const auto& picture : pictures) line.append(line_of(picture, row, shades)).append(kGap);
    text += without_trailing_spaces(std::move(line));
  }
  return text;
}

std::string draw_texts(const std::vector<std::string>& texts, const std::vector<std::string>& captions, int columns,
                       int lines) {
  const auto width = static_cast<std::size_t>(std::max(columns - 2, 1));
  std::string drawn;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i < captions.size()) drawn += captions[i] + ":\n";
    const auto characters = safe_characters(texts[i], width * static_cast<std::size_t>(std::max(lines, 1)));
    for (std::size_t begin = 0; begin < characters.size(); begin += width) {
      std::string line(kGap);
      for (std::size_t c = begin; c < std::min(begin + width, characters.size()); ++c) line += characters[c];
      drawn += without_trailing_spaces(std::move(line));
    }
  }
  return drawn;
}

}  // namespace vib
