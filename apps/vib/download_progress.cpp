#include "apps/vib/download_progress.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "apps/vib/say.h"
#include "vib/core/terminal.h"
#include "vib/core/utf8.h"

namespace vib::app {
namespace {

constexpr std::uint64_t kBarWidth = 24;
constexpr std::uint64_t kLarge = 10'000'000;

std::string bar(std::uint64_t bytes, std::uint64_t total) {
  const auto filled = std::min(bytes * kBarWidth / total, kBarWidth);
  return fmt::format("[{}{}]", std::string(filled, '#'), std::string(kBarWidth - filled, '-'));
}

}  // namespace

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

DownloadProgress::DownloadProgress(std::string name, bool quiet)
    : name_(std::move(name)), quiet_(quiet), terminal_(can_redraw(stderr)) {}

void DownloadProgress::update(std::uint64_t bytes, std::uint64_t total) {
  if (quiet_) return;
  const auto now = Clock::now();
  if (start_ == Clock::time_point{}) {
    start_ = now;
    first_ = bytes;
    tenths_ = total > 0 ? 10 * bytes / total : 0;
  }
  if (terminal_) {
    if (now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    draw(bytes, total);
  } else if (total > kLarge && 10 * bytes / total > tenths_) {
    tenths_ = 10 * bytes / total;
    say("{}: {} of {}\n", name_, megabytes(bytes), megabytes(total));
  }
}

void DownloadProgress::draw(std::uint64_t bytes, std::uint64_t total) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  auto line = total > 0 ? fmt::format("{}  {}  {} of {}", name_, bar(bytes, total), megabytes(bytes), megabytes(total))
                        : fmt::format("{}  {}", name_, megabytes(bytes));
  if (seconds > 0.5 && bytes > first_)
    line += fmt::format("  {:.1f} MB/s", static_cast<double>(bytes - first_) / 1e6 / seconds);
  // One column stays free: a full line would wrap, and the next redraw would begin on the line below.
  say("\r{}\x1b[K", first_characters(line, static_cast<std::size_t>(terminal_width(stderr)) - 1));
  std::fflush(stderr);
  drawn_ = true;
}

void DownloadProgress::clear() {
  if (std::exchange(drawn_, false)) say("\r\x1b[K");
}

}  // namespace vib::app
