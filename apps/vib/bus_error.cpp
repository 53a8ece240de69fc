#include "apps/vib/bus_error.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string_view>

#include "apps/vib/commands.h"
#include "vib/data/format/mapped_file.h"

namespace vib::app {
namespace {

std::atomic_flag explaining;

// In a signal handler next to nothing may be called: no fmt, no stdio.
void put(std::string_view text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // nobody is left to tell
}

void explain(int signal, siginfo_t* info, void*) {
  const char* file = mapped_file_at(info->si_addr);
  if (file == nullptr) {
    std::signal(signal, SIG_DFL);  // on return the same access fails again
    return;
  }
  while (explaining.test_and_set()) ::pause();  // another thread is about to end the program
  put("vib: ");
  put(file);
  put(": was cut short while it was in use, or its disk cannot be read any more. Put the old file back and give the "
      "command again; training goes on with --resume\n");
  ::_exit(kData);
}

}  // namespace

void explain_bus_errors() {
  struct sigaction action {};
  action.sa_sigaction = explain;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace vib::app
