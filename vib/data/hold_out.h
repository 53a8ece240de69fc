#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>

namespace vib {

/// How many examples are held out: a number of them, `HoldOut(5000)`, or a share, `HoldOut(0.2)`, rounded. Where
/// nothing is said: a fifth, and at most 5,000.
class HoldOut {
 public:
  HoldOut() = default;
  template <std::integral Count>
  HoldOut(Count count) : count_(static_cast<std::int64_t>(count)), share_(0) {}
  template <std::floating_point Share>
  HoldOut(Share share) : count_(0), share_(share) {}

  /// The number out of so many.
  std::int64_t of(std::int64_t examples) const {
    if (share_ == 0) return count_;
    const auto part = static_cast<std::int64_t>(std::llround(share_ * static_cast<double>(examples)));
    return count_ > 0 ? std::min(part, count_) : part;
  }

 private:
  std::int64_t count_ = 5000;  // with a share: at most so many
  double share_ = 0.2;
};

}  // namespace vib
