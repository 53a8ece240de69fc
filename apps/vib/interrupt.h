#pragma once

namespace vib::app {

/// While it lives, SIGINT and SIGTERM are noted instead of ending the program, so that a run can save itself first. A
/// second signal of the same kind ends it at once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static bool interrupted();
};

}  // namespace vib::app
