#include "vib/sweep/trial_names.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include <fmt/format.h>

namespace vib {
namespace {

constexpr std::size_t kLongest = 120;

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::string TrialNames::take(std::string name) {
  name.resize(std::min(name.size(), kLongest));
  name.resize(name.find_last_not_of("-.") + 1);
  std::string unique = name;
  int& number = last_number_.try_emplace(lower_case(name), 1).first->second;
  while (!taken_.insert(lower_case(unique)).second) unique = fmt::format("{}_{}", name, ++number);
  return unique;
}

}  // namespace vib
