#include "vib/sweep/directory.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/csv.h"
#include "vib/core/error.h"
#include "vib/core/file_lock.h"
#include "vib/core/json.h"
#include "vib/core/sync_folder.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

/// A table whose columns are found on the way, in the order of their first appearance.
class CsvTable {
 public:
  using Row = std::map<std::string, std::string>;

  void add_columns(const std::vector<std::string>& names) {
    for (const auto& name : names)
      if (std::ranges::find(columns_, name) == columns_.end()) columns_.push_back(name);
  }
  void add_row(Row row) { rows_.push_back(std::move(row)); }

  std::string text() const {
    std::string text = csv_line(columns_);
    for (const auto& row : rows_) {
      std::vector<std::string> fields;
      for (const auto& column : columns_) fields.push_back(row.contains(column) ? row.at(column) : "");
      text += csv_line(fields);
    }
    return text;
  }

 private:
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

/// {"test": {"error": 0.01}} -> test_error, 0.01; null becomes empty.
void flatten(const Json& object, const std::string& prefix, std::vector<std::string>& names, CsvTable::Row& row) {
  for (const auto& [key, value] : object.items()) {
    const auto name = prefix + key;
    if (value.is_object()) {
      flatten(value, name + "_", names, row);
      continue;
    }
    names.push_back(name);
    row.emplace(name, value.is_null() ? "" : value.is_string() ? value.get<std::string>() : value.dump());
  }
}

[[noreturn]] void refuse_foreign(const fs::path& path) {
  throw StateError(fmt::format("{}: exists and is no sweep; choose another --out", path.string()));
}

}  // namespace

FileLock SweepDirectory::open(const SweepPlan& plan) const {
  if (fs::exists(path_) && !fs::is_directory(path_)) refuse_foreign(path_);
  make_folder(path_);
  auto lock = FileLock::try_lock_folder(path_);
  if (fs::exists(config())) {
    const auto before = read_file(config());
    if (before != plan.resolved)
      throw StateError(
          fmt::format("{}: the sweep there is another one, so it cannot go on as this one (- its, + this):{}\nContinue "
                      "it with its own configuration: vib sweep {} --out {}; or choose another --out",
                      path_.string(), differing_lines(before, plan.resolved), config().string(), path_.string()));
  }
  if (!lock.held())
    throw StateError(
        fmt::format("{}: this sweep is running already, in another process; wait for it or end it", path_.string()));
  // First of all what says that this is a sweep: it may be killed before the next line.
  if (!fs::exists(config())) {
    if (!is_free_folder(path_, config().filename().string())) refuse_foreign(path_);
    write_file_atomically(config(), plan.resolved);
  }
  make_folder(checkpoints());
  make_folder(path_ / "runs");
  return lock;
}

TrialStatus SweepDirectory::status(const Trial& trial) const {
  if (fs::exists(run(trial).summary())) return TrialStatus::kFinished;
  if (fs::exists(run(trial).failure())) return TrialStatus::kDiverged;
  return TrialStatus::kPending;
}

std::size_t SweepDirectory::epochs_done(const Trial& trial) const {
  if (!fs::exists(run(trial).metrics())) return 0;
  return static_cast<std::size_t>(std::ranges::count(read_file(run(trial).metrics()), '\n'));
}

bool SweepDirectory::close(const SweepPlan& plan) const {
  const auto ended = [&](const Trial& trial) { return status(trial) != TrialStatus::kPending; };
  if (!std::ranges::all_of(plan.trials, ended)) return false;
  for (const auto& trial : plan.trials) remove_temporaries(run(trial).path());
  remove_temporaries(path_);
  remove_everything(checkpoints());
  return true;
}

void SweepDirectory::write_table(const SweepPlan& plan) const {
  const auto lock = FileLock::lock(checkpoints() / "table.lock");
  CsvTable table;
  table.add_columns(plan.keys);
  for (const auto& trial : plan.trials) {
    const auto ended = status(trial);
    if (ended == TrialStatus::kPending) continue;
    CsvTable::Row row(trial.values.begin(), trial.values.end());
    if (ended == TrialStatus::kFinished) {
      std::vector<std::string> names;
      const auto way_out =
          fmt::format("the file is damaged; remove {}, and the sweep trains it again", run(trial).path().string());
      read_json(run(trial).summary(), way_out, [&](const JsonEntry& summary) {
        if (!summary.json().is_object()) summary.refuse("an object");
        flatten(summary.json(), "", names, row);
      });
      table.add_columns(names);
    }
    row["run"] = trial.name;
    row["status"] = ended == TrialStatus::kFinished ? "finished" : "diverged";
    table.add_row(std::move(row));
  }
  table.add_columns({"run", "status"});
  write_file_atomically(this->table(), table.text());
}

}  // namespace vib
