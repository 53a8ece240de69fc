#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vib/core/export.h"

namespace vib {

/// Numbers by name, in the order in which they were set.
class VIB_API Numbers {
 public:
  void set(std::string_view name, double value);
  /// The number of that name, or nothing.
  std::optional<double> find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  /// Throws vib::Error, with the names there are, where there is none of that name.
  double operator[](std::string_view name) const;

  bool empty() const { return items_.empty(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<std::pair<std::string, double>> items_;
};

}  // namespace vib
