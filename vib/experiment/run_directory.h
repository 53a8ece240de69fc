#pragma once

#include <filesystem>
#include <string>

#include "vib/core/file_lock.h"
#include "vib/core/tensor_file.h"
#include "vib/evaluate/evaluate.h"
#include "vib/train/history.h"

namespace vib {

/// The files of a run. Every one is written to a temporary name, synced and renamed: a reader, or a resumed run, sees
/// the old file or the new one, never half of one. The metrics, the event file and the
/// layers' records alone are appended to (metrics_file.h, event_file.h, record_file.h).
class RunDirectory {
 public:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  /// A new one, which `open` makes: at `path`, or where anything is there already, at PATH-2, PATH-3 and so on.
  static RunDirectory next_free(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.yaml"; }
  /// What the run's network knows of its data.
  std::filesystem::path data() const { return path_ / "data.json"; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path summary() const { return path_ / "summary.json"; }
  std::filesystem::path weights() const { return path_ / "weights.pt"; }
  std::filesystem::path raw_weights() const { return path_ / "weights_raw.pt"; }
  /// What the layers knew after each recorded epoch, and how their gradients behaved in it.
  std::filesystem::path information() const { return path_ / "information.csv"; }
  std::filesystem::path gradients() const { return path_ / "gradients.csv"; }
  /// Why training broke, in a run of a sweep that diverged.
  std::filesystem::path failure() const { return path_ / "failure.txt"; }
  std::filesystem::path checkpoint() const { return path_ / "checkpoint.pt"; }

  /// Makes the directory and its config.yaml. No other process can open it while the lock lives. Throws
  /// vib::StateError where another has it open, where a run is there already and `resume` is false, or where `resume`
  /// is true and that run has another configuration; the message shows the differing lines.
  /// Removes what a process that was killed has left half-written.
  [[nodiscard]] FileLock open(const std::string& resolved_config, bool resume);

  /// The same numbers as scalars for TensorBoard, `loss_bits/train`, `error/validation`, `beta` and so on, at the steps
  /// of the optimiser: one event per epoch of `history`, whatever the directory's event file held before.
  void write_events(const History& history) const;

  /// Throws vib::StateError where the directory holds no finished run.
  void require_finished() const;

 private:
  void check_run_there(const std::string& resolved_config, bool resume) const;

  std::filesystem::path path_;
  bool takes_next_free_ = false;
};

/// The lines in which two dumps of a configuration differ, each on a line of its own behind "  - " or "  + ".
std::string differing_lines(const std::string& before, const std::string& now);

}  // namespace vib
