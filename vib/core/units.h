#pragma once

#include <numbers>

namespace vib {

/// All arithmetic is in nats; everything printed, logged or stored is in bits. This is the one place that converts.
constexpr double to_bits(double nats) { return nats / std::numbers::ln2; }
constexpr double to_nats(double bits) { return bits * std::numbers::ln2; }

}  // namespace vib
