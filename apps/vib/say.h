#pragma once

#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace vib::app {

/// Says something on stderr. Where that cannot be written, on a full disk for instance, the work goes on without it;
/// fmt::print() would throw.
template <typename... T>
void say(fmt::format_string<T...> format, T&&... values) {
  const auto text = fmt::format(format, std::forward<T>(values)...);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace vib::app
