#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

namespace vib {

/// What a terminal can show.
enum class Shades {
  kAscii,  ///< characters from " " (black) to "@" (white)
  kColour  ///< UTF-8 half blocks in 24-bit colour
};

/// `images` (`[N, C, H, W]` uint8; C = 3 is red, green and blue, of any other number the first counts) side by side,
/// as many as fit into `columns`, each under its caption. A character is one pixel wide and two high; images wider than
/// `columns` lose rows and columns of pixels.
std::string draw_images(const torch::Tensor& images, const std::vector<std::string>& captions, Shades shades,
                        int columns);

/// `texts` one below the other, each behind its caption: the first `lines` lines of `columns` characters of each, in
/// UTF-8. Control characters, which a terminal would obey, become spaces, and what is no UTF-8 becomes "?".
std::string draw_texts(const std::vector<std::string>& texts, const std::vector<std::string>& captions, int columns,
                       int lines = 3);

}  // namespace vib
