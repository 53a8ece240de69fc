#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace vib::app {

/// Copies of this program that work at the same time. They end with it, however it ends.
class Workers {
 public:
  /// Starts `count` copies with these arguments. Throws vib::Error where that fails.
  Workers(int count, const std::vector<std::string>& arguments);
  /// Ends those that still run.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// How many run, as far as `running` has seen.
  std::size_t count() const { return running_.size(); }
  /// Whether one still runs. Does not wait.
  bool running();
  /// Asks all to save and end.
  void interrupt();
  /// The first exit code but 0 of those that ended, 128 and the signal for one that a signal ended; 0 where all is
  /// well.
  int exit_code() const { return exit_code_; }

 private:
  std::vector<pid_t> running_;
  int exit_code_ = 0;
};

/// Makes this process end when `parent`, which started it, does; for a worker.
void end_with(pid_t parent);

}  // namespace vib::app
