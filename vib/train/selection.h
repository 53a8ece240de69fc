#pragma once

#include <cstdint>
#include <string>

#include "vib/core/export.h"
#include "vib/core/tensor_file.h"
#include "vib/objective/objective.h"
#include "vib/train/history.h"

namespace vib {

/// Which epoch's weights are the result of a training: the one whose validation number, the monitor, is the best. The
/// earliest of equals; a number that is not finite never wins. Where nothing is held out, the last epoch.
///
/// Epochs compete once β has arrived where it is meant to be: before, they are answers to another question.
class VIB_API Selection {
 public:
  /// `monitor`: "loss_bits" (the objective on the validation split at the epoch's β, without regularisers), or the key
  /// of a metric: "nll_bits", "error" (of values the RMSE), "distortion_bits", ... Throws vib::Error for another word.
  /// `patience`: epochs without a better one after which it is `exhausted`; 0: never.
  Selection(const std::string& monitor, std::int64_t patience, Objective objective);
  /// Another monitor from now on.
  void watch(const std::string& monitor);

  /// Looks at a finished epoch. True where its weights are the best so far, and are to be kept.
  bool offer(const EpochRecord& record, bool competes);
  /// Chooses the last epoch where none has been chosen.
  void settle() { best_epoch_ = best_epoch_ > 0 ? best_epoch_ : epoch_; }
  /// Whether patience is at an end.
  bool exhausted() const;
  /// The epoch chosen so far, from 1; 0: none.
  std::int64_t best_epoch() const { return best_epoch_; }

  TensorMap state() const;
  void load_state(const TensorMap& state, const std::string& source);

 private:
  double monitored(const EpochRecord& record) const;

  std::string key_;  // of the metric; empty: the objective
  double sign_ = 1;  // -1 where more is better
  std::int64_t patience_;
  Objective objective_;

  std::int64_t epoch_ = 0;
  std::int64_t best_epoch_ = 0;
  std::int64_t waited_until_ = 0;  // the last epoch that did not compete
  double best_ = 0;
};

}  // namespace vib
