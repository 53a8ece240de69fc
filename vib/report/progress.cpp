#include "vib/report/progress.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <iostream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "vib/core/terminal.h"
#include "vib/core/utf8.h"
#include "vib/report/plot/format.h"

namespace vib {
namespace {

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr std::string_view kEraseToEnd = "\x1b[K";

Progress::Mode mode_of_stderr() { return can_redraw(stderr) ? Progress::Mode::kTerminal : Progress::Mode::kLines; }
int width_of_stderr() { return terminal_width(stderr); }

/// `number` of `total`, as wide as it will ever be, so that nothing after it moves.
std::string count(int number, int total) {
  const std::string last = fmt::format("{}", total);
  return fmt::format("{:>{}}/{}", number, last.size(), last);
}

std::string line_of(const ProgressUpdate& update, bool with_step) {
  std::string line = update.context.empty() ? "" : update.context + "  ";
  line += "epoch " + count(update.epoch, update.epochs);
  if (with_step && update.steps > 0) line += "  step " + count(update.step, update.steps);
  if (update.loss_bits) line += fmt::format("  loss {:.3f} bits", *update.loss_bits);
  if (update.rate_bits) line += fmt::format("  rate {:.1f} bits", *update.rate_bits);
  if (update.error) line += fmt::format("  error {:.2f} %", 100 * *update.error);
  if (update.examples_per_second > 0) line += fmt::format("  {} examples/s", grouped(update.examples_per_second));
  if (std::isfinite(update.seconds_left) && update.seconds_left > 0) {
    line += fmt::format("  {} left", clock_time(update.seconds_left));
  }
  return line;
}

}  // namespace

Progress::Progress(bool quiet)
    : Progress(std::cerr, quiet ? Mode::kQuiet : mode_of_stderr(), width_of_stderr, std::chrono::steady_clock::now) {}

Progress::Progress(std::ostream& out, Mode mode, std::function<int()> width,
                   std::function<std::chrono::steady_clock::time_point()> now)
    : out_(&out), mode_(mode), width_(std::move(width)), now_(std::move(now)) {}

void Progress::update(const ProgressUpdate& update) {
  const bool another = std::exchange(last_context_, update.context) != update.context;
  const bool milestone = update.steps > 0 ? update.step == update.steps : another;
  if (mode_ == Mode::kLines && milestone) *out_ << line_of(update, false) + '\n' << std::flush;
  if (mode_ != Mode::kTerminal) return;

  const auto now = now_();
  if (last_drawn_ && now - *last_drawn_ < kRedrawInterval) return;
  last_drawn_ = now;
  // One column stays free: a full line would wrap, and the next redraw would begin on the line below.
  const std::size_t columns = static_cast<std::size_t>(std::max(width_() - 1, 0));
  *out_ << fmt::format("\r{}{}", first_characters(line_of(update, true), columns), kEraseToEnd) << std::flush;
}

void Progress::clear() {
  if (!last_drawn_) return;
  *out_ << '\r' << kEraseToEnd << std::flush;
  last_drawn_.reset();
}

}  // namespace vib
