#include "vib/experiment/run_directory.h"

#include <sys/stat.h>

#include <cerrno>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/core/sync_folder.h"
#include "vib/core/system_error.h"
#include "vib/experiment/event_file.h"
#include "vib/experiment/json.h"

namespace vib {

namespace fs = std::filesystem;

namespace {

/// Adds the numbers of `metrics`, each as TAG/split. How many examples and draws there were is no curve.
void add_scalars(std::vector<TaggedScalar>& scalars, const Json& metrics, const std::string& split) {
  for (const auto& [key, value] : metrics.items())
    if (value.is_number_float()) scalars.push_back({key + "/" + split, value.get<double>()});
}

ScalarEvent scalar_event(const EpochRecord& record) {
  const auto line = to_json(record);
  ScalarEvent event{record.step, {}};
  for (const char* split : {"train", "validation", "validation_raw"})
    if (line.contains(split)) add_scalars(event.scalars, line[split], split);
  event.scalars.push_back({"beta", record.beta});
  event.scalars.push_back({"learning_rate", record.learning_rate});
  return event;
}

[[noreturn]] void refuse_foreign(const fs::path& path) {
  throw StateError(fmt::format("{}: exists and is no run directory; choose another --out", path.string()));
}

/// Makes the first of PATH, PATH-2, PATH-3, ... that nobody has made.
fs::path make_next_free(const fs::path& path) {
  make_folder(folder_of(path));
  for (int number = 1;; ++number) {
    auto next = path;
    if (number > 1) next += fmt::format("-{}", number);
    if (::mkdir(next.c_str(), 0777) == 0) return next;
    if (errno != EEXIST) throw_system_error("make the folder", next);
  }
}

}  // namespace

// Both dumps list the same keys in the same order, so a line-by-line walk is enough.
std::string differing_lines(const std::string& before, const std::string& now) {
  std::istringstream a(before), b(now);
  std::string text, x, y;
  while (true) {
    const bool more_a = static_cast<bool>(std::getline(a, x)), more_b = static_cast<bool>(std::getline(b, y));
    if (!more_a && !more_b) return text;
    if (more_a && more_b && x == y) continue;
    if (more_a) text += fmt::format("\n  - {}", x);
    if (more_b) text += fmt::format("\n  + {}", y);
  }
}

RunDirectory RunDirectory::next_free(fs::path path) {
  RunDirectory run(std::move(path));
  run.takes_next_free_ = true;
  return run;
}

FileLock RunDirectory::open(const std::string& resolved_config, bool resume) {
  if (std::exchange(takes_next_free_, false))
    path_ = make_next_free(path_);
  else if (!fs::exists(path_) || fs::is_directory(path_))
    make_folder(path_);
  else
    refuse_foreign(path_);

  auto lock = FileLock::try_lock_folder(path_);
  if (fs::exists(config())) check_run_there(resolved_config, resume);
  if (!lock.held())
    throw StateError(fmt::format("{}: another process is training this run; wait for it or end it", path_.string()));
  if (fs::exists(config())) {
    remove_temporaries(path_);  // of a process that was killed
    return lock;
  }
  if (!is_free_folder(path_, config().filename().string())) refuse_foreign(path_);
  write_file_atomically(config(), resolved_config, Sync::kFile);  // data.json follows
  return lock;
}

void RunDirectory::check_run_there(const std::string& resolved_config, bool resume) const {
  if (!resume)
    throw StateError(
        fmt::format("{}: a run is there already; continue it with --resume, or choose another --out", path_.string()));
  const auto before = read_file(config());
  if (before != resolved_config)
    throw StateError(
        fmt::format("{}: the run there has another configuration, so it cannot be resumed with this one "
                    "(- its, + this):{}\nResume it with its own: vib train {} --out {} --resume",
                    path_.string(), differing_lines(before, resolved_config), config().string(), path_.string()));
}

void RunDirectory::write_events(const History& history) const {
  std::vector<ScalarEvent> events;
  for (const auto& record : history) events.push_back(scalar_event(record));
  write_event_file(path_, events);
}

void RunDirectory::require_finished() const {
  if (!fs::exists(config())) throw StateError(fmt::format("{}: no run there (no config.yaml)", path_.string()));
  if (!fs::exists(weights()))
    throw StateError(
        fmt::format("{}: the run is not finished (no weights.pt); continue it: vib train {} --out {} "
                    "--resume",
                    path_.string(), config().string(), path_.string()));
}

}  // namespace vib
