#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vib {

/// The least number of inserted, deleted, replaced and swapped neighbouring characters that turns `a` into `b`
/// (optimal string alignment).
std::size_t edit_distance(const std::string& a, const std::string& b);

/// The one of `known` that somebody who wrote `word` probably meant, or "" when none is near. Case and `-` for `_`
/// count for nothing, and the beginning of a name (`batch`) means the name (`batch_size`).
std::string nearest(const std::string& word, const std::vector<std::string>& known);

/// "a, b or c"
std::string listed(const std::vector<std::string>& words);

}  // namespace vib
