#include "vib/experiment/metrics_file.h"

#include <string>
#include <string_view>

#include "vib/core/atomic_file.h"
#include "vib/experiment/json.h"

namespace vib {
namespace {

std::string metrics_line(const EpochRecord& record) { return to_json(record).dump() + '\n'; }

}  // namespace

void MetricsFile::write(const History& history) {
  if (!taken_up_) take_up(history);
  std::string missing;
  for (; lines_ < history.size(); ++lines_) missing += metrics_line(history[lines_]);
  if (!missing.empty()) append_to_file(path_, missing);
}

void MetricsFile::take_up(const History& history) {
  taken_up_ = true;
  if (!std::filesystem::exists(path_)) return;
  const auto file = read_file(path_);
  std::size_t end = 0;
  for (; lines_ < history.size(); ++lines_) {
    const auto line = metrics_line(history[lines_]);
    if (!std::string_view(file).substr(end).starts_with(line)) break;
    end += line.size();
  }
  if (end < file.size()) cut_file(path_, end);
}

void MetricsFile::sync() const { sync_file(path_); }

}  // namespace vib
