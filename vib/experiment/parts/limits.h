#pragma once

#include "vib/config/section.h"

namespace vib {

/// A size of a network. The limit keeps the product of three of them within 64 bits.
inline Range layer_size() { return at_least(1).at_most(1e6); }

/// The greatest β: float32 holds it, and its product with a rate.
constexpr double kGreatestBeta = 1e30;

}  // namespace vib
