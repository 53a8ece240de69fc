#include "vib/core/system_error.h"

#include <system_error>

#include <fmt/format.h>

namespace vib {
namespace {

/// What helps where there is no room; nullptr for any other reason.
const char* way_out(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT: return "free some space there";
    case EFBIG: return "raise the limit on the size of a file (ulimit -f)";
    default: return nullptr;
  }
}

}  // namespace

void throw_system_error(std::string_view action, const std::filesystem::path& path, int code) {
  const auto message = fmt::format("{}: cannot {}: {}", path.string(), action, std::generic_category().message(code));
  if (const char* help = way_out(code)) throw NoSpaceError(fmt::format("{}; {}", message, help));
  throw StateError(message);
}

}  // namespace vib
