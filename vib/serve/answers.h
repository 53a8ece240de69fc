#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/experiment/data_description.h"
#include "vib/serve/prediction_writer.h"
#include "vib/serve/predictor.h"

namespace vib {

/// What is told of each example, and how: the columns of docs/predictions.md.
class Answers {
 public:
  /// Both must outlive it. `codes`: μ, σ and correlations, too.
  Answers(const Predictor& predictor, const DataDescription& data, bool codes);

  /// A row for each of `inputs`, and before, between and behind them one for each that has a reason to have no answer.
  void add_batch(const Prediction& p, const torch::Tensor& inputs, const std::vector<std::string>& reasons,
                 std::size_t& at);
  /// Those from `at` on, up to one that has an answer.
  void add_refused(const std::vector<std::string>& reasons, std::size_t& at);
  /// Writes the rows that there are, and forgets them.
  void flush(PredictionWriter& writer);

  std::int64_t rows() const { return rows_; }
  std::int64_t refused() const { return refused_; }

 private:
  void add(std::string name, PredictedColumn::Kind kind = PredictedColumn::Kind::kNumber);
  void add_values();
  void add_codes();
  void begin_row();
  void put(PredictedColumn& column, double x) const;
  torch::Tensor numbers_of(const Prediction& p, const torch::Tensor& inputs) const;

  const Predictor& predictor_;
  const DataDescription& data_;
  bool codes_;
  std::vector<PredictedColumn> columns_;
  std::int64_t rows_ = 0;
  std::int64_t refused_ = 0;
};

}  // namespace vib
