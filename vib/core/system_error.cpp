#include "vib/core/system_error.h"

#include <system_error>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib {

void throw_system_error(std::string_view action, const std::filesystem::path& path, int code) {
  throw StateError(fmt::format("{}: cannot {}: {}", path.string(), action, std::generic_category().message(code)));
}

}  // namespace vib
