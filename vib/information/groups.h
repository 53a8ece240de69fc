#pragma once

#include <cstdint>
#include <vector>

namespace vib {

/// Examples that belong together: those of one label, or of one input.
struct Groups {
  std::vector<std::int32_t> of;     ///< `[N]`: the group of each example, from 0, in the order of their first ones
  std::vector<std::int32_t> sizes;  ///< of each group
};

}  // namespace vib
