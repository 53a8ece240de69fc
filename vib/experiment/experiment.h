#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vib/core/json.h"
#include "vib/evaluate/evaluate.h"
#include "vib/experiment/build.h"
#include "vib/experiment/experiment_config.h"
#include "vib/experiment/labelled_data.h"
#include "vib/experiment/run_directory.h"
#include "vib/train/trainer.h"

namespace vib {

/// Who watches a run, and may end it.
struct RunObserver {
  std::function<bool()> stop;
  /// Gives what is held as long as something is trained that is not saved yet: the process should not end then.
  /// Whenever else it ends, the run can be resumed without a loss.
  std::function<std::shared_ptr<void>()> while_training;
  std::function<void(const Trainer&)> on_step;
  std::function<void(const Trainer&)> on_epoch;
  /// Before training, when the run directory is there: what was understood of the data.
  std::function<void(const DataSummary&)> on_data;
};

enum class RunStatus { kFinished, kInterrupted };

/// Trains as `config` says and leaves a run directory behind: `RUN/config.yaml`, `data.json`, `metrics.jsonl`,
/// `weights.pt`, `weights_raw.pt` (where the weights are averaged), `summary.json`, and `checkpoint.pt` on the way.
/// Nothing is made before the data is read, so a run that cannot start leaves no directory.
///
/// With `resume`, continues from the directory's checkpoint to the same bits as an uninterrupted run on the CPU;
/// without a checkpoint it starts over. Throws the errors of vib/core/error.h; see RunDirectory::open.
RunStatus run_experiment(const ExperimentConfig& config, RunDirectory& run, bool resume,
                         const RunObserver& observer = {});

/// One run of a group.
struct GroupMember {
  ExperimentConfig config;
  RunDirectory run;
};

/// Trains runs that differ in seed and β alone as one, and leaves a run directory of each behind: finished, or with
/// `failure.txt` where its loss broke. The state of all is kept in `checkpoint`, from which an interrupted group goes
/// on; it is removed when all are written. Throws the errors of vib/core/error.h.
RunStatus run_group(const std::vector<GroupMember>& members, const ExperimentData& data,
                    const std::filesystem::path& checkpoint, const RunObserver& observer = {});

/// A run's model with its weights: averaged, or raw. In evaluation mode.
VibModel load_model(const RunDirectory& run, torch::Device device, bool raw = false);

/// What a run's network knows of its data. Throws vib::StateError.
DataDescription run_data(const RunDirectory& run);

/// The configuration of a run, `overrides` over it.
ExperimentConfig run_config(const RunDirectory& run, const std::vector<std::string>& overrides = {});

/// The splits that a run is evaluated on: as they were when it was trained, or `data` as the test part, and then the
/// run's own data are not read.
DataSplits evaluation_splits(const ExperimentConfig& config, const DataDescription& prepared, const NewData& data,
                             torch::Device device);

/// Evaluates a finished run anew: {"test": ..., "test_raw": ..., "validation": ...} as in summary.json, the last not of
/// new data. Of the configuration only what has no part in training may be overridden: vib::ConfigError otherwise.
Json evaluate_run(const RunDirectory& run, const std::vector<std::string>& overrides = {}, const NewData& data = {});

/// Throws vib::ConfigError for an override that would make something else of a trained run: other data, another
/// network.
void check_evaluation_overrides(const std::vector<std::string>& overrides);

}  // namespace vib
