#pragma once

#include <cstdint>

namespace vib {

/// What random numbers are for. Every purpose has a stream of its own, so that drawing more of one never changes
/// another. The values are part of what a seed means: never renumber them.
enum class Stream : std::uint64_t {
  initialisation = 0,
  data_order = 1,
  noise = 2,
  evaluation = 3,
  dropout = 4,
  split = 5,
  prior = 6,
};

/// The splitmix64 step (Steele, Lea & Flood, OOPSLA 2014): a bijection of 64 bits in which every input bit reaches
/// every output bit.
constexpr std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/// The seed of stream number `stream` under `seed`. Good in its low 32 bits too, which is all LibTorch's CPU generator
/// looks at.
constexpr std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t stream) {
  return splitmix64(splitmix64(seed) ^ stream);
}

constexpr std::uint64_t derive_seed(std::uint64_t seed, Stream stream) {
  return derive_seed(seed, static_cast<std::uint64_t>(stream));
}

}  // namespace vib
