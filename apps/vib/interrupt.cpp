#include "apps/vib/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <list>

#include "apps/vib/commands.h"
#include "vib/core/terminal.h"

namespace vib::app {
namespace {

// All that a signal handler may touch: atomics without a lock.
std::atomic<const std::string*> last_words = nullptr;
std::atomic<bool> signalled = false;
std::atomic<bool> guarded = false;
std::atomic<bool> repeats_count = true;
static_assert(std::atomic<const std::string*>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// What is written to a terminal that was closed fails, and an error there must not keep a run from being saved.
void let_go_of_a_closed_terminal() {
  const int error = errno;
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
    if (::isatty(stream) == 0 && errno == EIO) ::dup2(::open("/dev/null", O_WRONLY), stream);
  errno = error;
}

void on_signal(int number) {
  if (number == SIGHUP) let_go_of_a_closed_terminal();
  const bool repeated = signalled.exchange(true);
  if (guarded && !(repeated && repeats_count)) return;
  end_interrupted();
}

}  // namespace

void end_on_signals() {
  set_last_words("interrupted");
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {
    }, action{};
    if (number == SIGHUP && ::sigaction(number, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(number, &action, nullptr);
  }
}

void set_last_words(const std::string& words) {
  // A handler may be reading the earlier ones: they are kept.
  static auto& kept = *new std::list<std::string>();
  const std::string over_the_progress = can_redraw(stderr) ? "\r\033[K" : "";
  last_words = &kept.emplace_back(words.empty() ? "" : over_the_progress + words + '\n');
}

void end_interrupted() {
  const std::string& words = *last_words;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, words.data(), words.size());
  ::_exit(kInterrupted);
}

InterruptGuard::InterruptGuard() { guarded = true; }

InterruptGuard::~InterruptGuard() {
  guarded = false;
  if (signalled && std::uncaught_exceptions() == 0) end_interrupted();
}

bool InterruptGuard::interrupted() { return signalled; }

void InterruptGuard::ignore_repeated() { repeats_count = false; }

}  // namespace vib::app
