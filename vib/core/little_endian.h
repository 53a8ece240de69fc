#pragma once

#include <concepts>
#include <string>

namespace vib {

/// Appends `value` to `bytes`, lowest byte first, whatever the processor's order.
template <std::unsigned_integral Integer>
void append_little_endian(std::string& bytes, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
}

}  // namespace vib
