#include "vib/train/history.h"

#include <cmath>
#include <limits>

namespace vib {
namespace {

// One list of fields serves both directions: `f` writes each into a row, or reads it from one. Absent is NaN.
template <typename Field>
void visit_split(std::optional<SplitMetrics>& metrics, Field&& f) {
  double present = metrics ? 1 : 0;
  f(present);
  SplitMetrics m = metrics.value_or(SplitMetrics{});
  f(m.examples), f(m.samples), f(m.error), f(m.error_mean_z), f(m.rmse), f(m.r2), f(m.nll_bits), f(m.distortion_bits),
      f(m.rate_bits), f(m.izy_bits);
  if (present == 1) metrics = m;
}

template <typename Field>
void visit_record(EpochRecord& r, Field&& f) {
  f(r.epoch), f(r.step), f(r.seconds), f(r.replicas), f(r.beta), f(r.learning_rate);
  f(r.train.loss_bits), f(r.train.distortion_bits), f(r.train.rate_bits), f(r.train.error), f(r.train.rmse);
  visit_split(r.validation, f);
  visit_split(r.validation_raw, f);
}

struct RowWriter {
  std::vector<double>& row;
  void operator()(const std::optional<double>& x) {
    row.push_back(x.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  void operator()(double x) { row.push_back(x); }
  void operator()(std::int64_t x) { row.push_back(static_cast<double>(x)); }
};

struct RowReader {
  const double* next;
  void operator()(std::optional<double>& x) {
    x = std::isnan(*next) ? std::nullopt : std::optional(*next);
    ++next;
  }
  void operator()(double& x) { x = *next++; }
  void operator()(std::int64_t& x) { x = static_cast<std::int64_t>(*next++); }
};

}  // namespace

torch::Tensor pack_history(const History& history) {
  std::vector<double> values;
  for (auto record : history) visit_record(record, RowWriter{values});
  const auto rows = static_cast<std::int64_t>(history.size());
  return torch::tensor(values, torch::kFloat64).reshape({rows, rows == 0 ? 0 : -1});
}

History unpack_history(const torch::Tensor& packed) {
  const auto rows = packed.to(torch::kFloat64).contiguous();
  History history(static_cast<std::size_t>(rows.size(0)));
  for (std::size_t i = 0; i < history.size(); ++i)
    visit_record(history[i], RowReader{rows.const_data_ptr<double>() + static_cast<std::int64_t>(i) * rows.size(1)});
  return history;
}

}  // namespace vib
