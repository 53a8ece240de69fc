#include "apps/vib/streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "vib/core/error.h"

namespace vib::app {
namespace {

// The error number of the first flush that failed: a stream remembers only that one did.
int failure_of_stdout = 0;

}  // namespace

void open_standard_streams() {
  // The lowest free number is the one taken.
  for (const auto& [number, flags] : {std::pair{0, O_WRONLY}, {1, O_RDONLY}, {2, O_WRONLY}})
    if (::fcntl(number, F_GETFD) < 0) static_cast<void>(::open("/dev/null", flags));
}

void ignore_file_size_signal() { std::signal(SIGXFSZ, SIG_IGN); }

void push_result() {
  if (std::fflush(stdout) != 0 && failure_of_stdout == 0) failure_of_stdout = errno;
}

void flush_result() {
  push_result();
  if (std::ferror(stdout) != 0) throw StateError(unwritten_result(failure_of_stdout));
}

std::string unwritten_result(int code) {
  return fmt::format("cannot write the result: {}",
                     code != 0 ? std::generic_category().message(code) : "stdout took only a part of it");
}

}  // namespace vib::app
