#pragma once

#include <cerrno>
#include <filesystem>
#include <string_view>

#include "vib/core/error.h"

namespace vib {

/// No room for a file: a full disk, a quota, a limit on the size of files. Exit code 1.
class VIB_API NoSpaceError : public StateError {
 public:
  using StateError::StateError;
};

/// Throws vib::StateError, `PATH: cannot ACTION: REASON`, with the system's reason for `code`. Where there is no room
/// it is a vib::NoSpaceError, which also says what helps.
[[noreturn]] void throw_system_error(std::string_view action, const std::filesystem::path& path, int code = errno);

}  // namespace vib
