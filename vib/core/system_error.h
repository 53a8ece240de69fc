#pragma once

#include <cerrno>
#include <filesystem>
#include <string_view>

namespace vib {

/// Throws vib::StateError, `PATH: cannot ACTION: REASON`, with the system's reason for `code`.
[[noreturn]] void throw_system_error(std::string_view action, const std::filesystem::path& path, int code = errno);

}  // namespace vib
