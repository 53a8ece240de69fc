#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace vib {

/// How far training is, and how it goes. Epochs and steps are counted from 1, steps within their epoch; the numbers
/// that are not known stay empty, or 0.
struct ProgressUpdate {
  std::string context = {};  ///< stands before everything else, as "3/9 groups"
  int epoch = 0;
  int epochs = 0;
  int step = 0;
  int steps = 0;
  std::optional<double> loss_bits = {};
  std::optional<double> rate_bits = {};  ///< none for a deterministic model
  std::optional<double> error = {};      ///< share wrong, 0 to 1
  double examples_per_second = 0;
  double seconds_left = 0;
};

/// Says how far training is. On a terminal: one line, redrawn in place at most ten times a second, cut to the
/// terminal's width, gone when training is over. Elsewhere: one line at the end of each epoch, or, where the steps are
/// not known, one whenever the context is another.
class Progress {
 public:
  enum class Mode { kQuiet, kLines, kTerminal };

  /// To stderr, as it is (a terminal or not); nothing where `quiet`.
  explicit Progress(bool quiet = false);

  /// To `out`; `width` says how many columns it has now, `now` what time it is.
  Progress(std::ostream& out, Mode mode, std::function<int()> width,
           std::function<std::chrono::steady_clock::time_point()> now);

  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Cheap between redraws, so it may be called at every step; step == steps is the end of an epoch, to be told once.
  void update(const ProgressUpdate& update);

  /// Takes the line away, to make room for other output to the same terminal. The next update brings it back.
  void clear();

 private:
  std::ostream* out_;
  Mode mode_;
  std::function<int()> width_;
  std::function<std::chrono::steady_clock::time_point()> now_;
  std::string last_context_ = {};
  std::optional<std::chrono::steady_clock::time_point> last_drawn_ = {};  // empty: there is no line to see
};

}  // namespace vib
