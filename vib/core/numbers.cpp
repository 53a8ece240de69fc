#include "vib/core/numbers.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"

namespace vib {

void Numbers::set(std::string_view name, double value) {
  const auto found = std::ranges::find(items_, name, [](const auto& item) -> std::string_view { return item.first; });
  if (found != items_.end())
    found->second = value;
  else
    items_.emplace_back(name, value);
}

std::optional<double> Numbers::find(std::string_view name) const {
  for (const auto& [key, value] : items_)
    if (key == name) return value;
  return std::nullopt;
}

double Numbers::operator[](std::string_view name) const {
  if (const auto value = find(name)) return *value;
  std::vector<std::string> names;
  for (const auto& [key, value] : items_) names.push_back(key);
  throw Error(fmt::format("there is no number \"{}\"; there are: {}", name, fmt::join(names, ", ")));
}

}  // namespace vib
