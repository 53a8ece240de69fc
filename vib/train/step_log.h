#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// What each step of an epoch saw, for each of R replicas: named columns, means over the batch in nats. Kept on the
/// device, so that training never waits for a number, and read in one go.
class VIB_API StepLog {
 public:
  StepLog(std::vector<std::string> columns, std::int64_t replicas, torch::Device device)
      : columns_(std::move(columns)),
        rows_(torch::zeros({0, replicas, width()}, torch::dtype(torch::kFloat32).device(device))) {}

  const std::vector<std::string>& columns() const { return columns_; }
  std::int64_t width() const { return static_cast<std::int64_t>(columns_.size()); }
  /// The place of a column that is there.
  std::int64_t column(const std::string& name) const { return std::ranges::find(columns_, name) - columns_.begin(); }

  /// Room for `steps` rows; those that are there stay.
  void resize(std::int64_t steps) {
    const auto before = rows_;
    rows_ = torch::zeros({steps, before.size(1), before.size(2)}, before.options());
    const auto kept = std::min(steps, before.size(0));
    rows_.slice(0, 0, kept).copy_(before.slice(0, 0, kept));
  }
  /// `row`: `[R, columns]`.
  void record(std::int64_t step, const torch::Tensor& row) { rows_[step].copy_(row); }

  /// The first `steps` rows, `[steps, R, columns]` on the CPU. Waits for the device.
  torch::Tensor read(std::int64_t steps) const { return rows_.slice(0, 0, steps).cpu(); }
  /// Puts rows back that `read` gave.
  void restore(const torch::Tensor& rows) { rows_ = rows.to(rows_.device(), torch::kFloat32, false, true); }

 private:
  std::vector<std::string> columns_;
  torch::Tensor rows_;
};

}  // namespace vib
