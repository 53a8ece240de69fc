#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "vib/experiment/experiment.h"
#include "vib/sweep/directory.h"
#include "vib/sweep/plan.h"

namespace vib {

/// Reads a data set once for the trials that follow each other on it.
class DataCache {
 public:
  /// Throws vib::DataError. The reference is good until the next call.
  const ExperimentData& get(const DataConfig& config, torch::Device device);

 private:
  std::string key_;
  ExperimentData data_;
};

/// How the trials of a sweep are trained: as groups of models that are computed as one.
struct SweepSchedule {
  std::vector<std::vector<std::size_t>> groups;  ///< indices into the plan's trials
  std::int64_t largest = 1;                      ///< most models in a group
  double bytes_per_model = 0;                    ///< the largest estimate: weights, optimiser, average, best epoch
  double bytes_of_memory = 0;                    ///< that the machine has
  DataSummary understood;                        ///< the first group's data
  std::vector<std::string> not_replicable;       ///< why some groups are trained one by one, each reason once
  std::shared_ptr<DataCache> data = std::make_shared<DataCache>();
};

/// Splits the plan's groups: at most sweep.max_replicas models each, or where that is 0 as many as half the memory
/// holds for `jobs` processes, and no more than are fast together; and into enough groups for all processes. Reads the
/// data, so a sweep of data that is not there, or that does not go with its networks, leaves nothing behind. Throws the
/// errors of vib/core/error.h.
SweepSchedule schedule_sweep(const SweepPlan& plan, int jobs = 1);

/// Who watches a sweep, and may end it.
struct SweepObserver {
  std::function<bool()> stop;
  /// As of RunObserver, for each group.
  std::function<std::shared_ptr<void>()> while_training;
  /// After a step: the group's place in the schedule, and its trainer.
  std::function<void(std::size_t group, const Trainer& trainer)> on_step;
};

/// Trains what is not finished of `directory`, group by group, and brings sweep.csv up to date after each. Groups that
/// another process is training are passed over. Interrupted or killed at any moment, it goes on from the last
/// checkpoint of each group when it is called again. Throws the errors of vib/core/error.h.
RunStatus run_sweep(const SweepPlan& plan, const SweepSchedule& schedule, const SweepDirectory& directory,
                    const SweepObserver& observer = {});

}  // namespace vib
