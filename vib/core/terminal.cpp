#include "vib/core/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace vib {
namespace {

/// Empty where it is not set.
std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

bool can_redraw(std::FILE* stream) {
  const auto kind = variable("TERM");
  return isatty(fileno(stream)) != 0 && !kind.empty() && kind != "dumb";
}

bool takes_colour(std::FILE* stream) { return can_redraw(stream) && variable("NO_COLOR").empty(); }

bool takes_true_colour(std::FILE* stream) {
  const auto depth = variable("COLORTERM");
  return takes_colour(stream) && (depth == "truecolor" || depth == "24bit");
}

bool speaks_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {  // as locale(7) asks, in its order
    const auto value = variable(name);
    if (!value.empty()) return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos;
  }
  return false;
}

int terminal_width(std::FILE* stream) {
  winsize size{};
  return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace vib
