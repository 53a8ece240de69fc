#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "vib/core/file_lock.h"
#include "vib/experiment/run_directory.h"
#include "vib/sweep/plan.h"

namespace vib {

enum class TrialStatus { kPending, kFinished, kDiverged };

/// The files of a sweep: `sweep.yaml` (what is swept), `sweep.csv` (a row for each trial that has ended), a run
/// directory for each trial in `runs/`, and, while it goes on, the state of unfinished groups in `checkpoints/`.
class SweepDirectory {
 public:
  explicit SweepDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "sweep.yaml"; }
  std::filesystem::path table() const { return path_ / "sweep.csv"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  RunDirectory run(const Trial& trial) const { return RunDirectory(path_ / "runs" / trial.name); }

  /// Makes the directory, or takes up the sweep that is there. No other process can open it while the lock lives; those
  /// that train its groups do not. Throws vib::StateError where another has it open, or where it is another sweep; the
  /// message shows the differing lines.
  [[nodiscard]] FileLock open(const SweepPlan& plan) const;

  TrialStatus status(const Trial& trial) const;
  /// How many epochs of it are in its metrics.jsonl.
  std::size_t epochs_done(const Trial& trial) const;

  /// Rewrites sweep.csv from the trials that have ended: every swept key, the fields of summary.json flattened
  /// (`test_error`), the run's name and its status. Processes may do so at the same time.
  void write_table(const SweepPlan& plan) const;

  /// Removes what only an unfinished sweep needs. True where every trial has ended; false, and nothing is removed,
  /// where one has not.
  bool close(const SweepPlan& plan) const;

 private:
  std::filesystem::path path_;
};

}  // namespace vib
