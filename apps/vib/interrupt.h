#pragma once

#include <string>

namespace vib::app {

/// From here on SIGINT, SIGTERM and SIGHUP end the program at once: with the last words on stderr, and exit code
/// kInterrupted. Every file on disk is then whole, the old one or the new one. A SIGHUP that is ignored (by nohup)
/// stays so.
void end_on_signals();

/// What is said when a signal ends the program: how to go on. Until it is called: "interrupted".
void set_last_words(const std::string& words);

/// Ends the program as a signal would.
[[noreturn]] void end_interrupted();

/// While it lives, a signal is only noted, so that what was trained can be saved first; the guard's end then ends the
/// program, unless an exception does. A second signal ends it at once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool interrupted();
  /// From here on a second signal is as good as one.
  static void ignore_repeated();
};

}  // namespace vib::app
