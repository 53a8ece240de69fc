#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/evaluate/evaluate.h"
#include "vib/nn/vib_model.h"

namespace vib {

/// How a run predicts.
struct PredictorOptions {
  /// As vib::resolve_device takes it. Default: "auto".
  TORCH_ARG(std::string, device) = "auto";
  /// Draws of z, the same for every example. Default: 100.
  TORCH_ARG(std::int64_t, samples) = 100;
  /// Of a sweep: "key=value,key=value", the setting whose runs answer. Default: the best by validation.
  TORCH_ARG(std::string, setting);
  /// Whether probabilities are scaled by the temperature that `vib evaluate --temperature` has fitted. Default: false.
  TORCH_ARG(bool, temperature) = false;
  /// The raw weights instead of their moving average, where the run has both. Default: false.
  TORCH_ARG(bool, raw) = false;
};

/// What a finished run says of new inputs, or a finished sweep: those of its runs that differ in their seed alone
/// answer together, as a deep ensemble. Probabilities, values and rate are then the mean of the members'.
///
/// Nothing of it changes once it is made: any number of threads may use one at the same time. The noise of the draws is
/// the same for every example, so that an input gets the same answer, but for rounding, whatever stands beside it.
/// Copies share the models.
class VIB_API Predictor {
 public:
  /// Reads config.yaml, data.json and weights.pt of RUN, or of the runs of SWEEP. Throws vib::StateError where the run
  /// is unfinished or damaged, vib::ConfigError for a setting that is not there or cannot be chosen, vib::Error where
  /// there is no such device.
  explicit Predictor(const std::filesystem::path& run, const PredictorOptions& options = {});

  /// For inputs `[B, ...]` as the run's data files hold them: bytes of images, numbers (standardised here, as the run
  /// did), token ids. Dimensions of size one may be there or not. Values come back in the data's unit. `mean` has a
  /// column for every class, two under a Bernoulli as well. Where the run reconstructs its inputs, `log_mean` and
  /// `distortion` are there too. Throws vib::DataError where the inputs are not what the run takes.
  Prediction predict(const torch::Tensor& inputs) const;
  /// The same by batches of the run's `evaluate.batch_size`, so that memory does not grow with B.
  void predict(const torch::Tensor& inputs, const std::function<void(const Prediction&)>& take) const;

  /// q(z|x) itself.
  struct Codes {
    torch::Tensor mean;         ///< μ, `[B, K]`
    torch::Tensor stddev;       ///< σ, `[B, K]`; undefined for a deterministic model
    torch::Tensor correlation;  ///< of z_i and z_j, `[B, K, K]`; undefined unless the covariance is full
  };
  /// For inputs as above, of a run. Throws vib::ConfigError for several: each member has a code of its own.
  Codes codes(const torch::Tensor& inputs) const;

  /// For texts, of a run that was trained on texts: the token ids `[B, L]` of its vocabulary, to be predicted for.
  /// Throws vib::DataError for another run.
  torch::Tensor encode(const std::vector<std::string>& texts) const;
  /// The words of such ids as the model sees them.
  std::string decode(const torch::Tensor& tokens) const;

  /// For rows of a table, of a run that was trained on one, cells by the names of their columns: the inputs `[B, D]`,
  /// to be predicted for. Columns that are no inputs are ignored. Throws vib::DataError as for a file's cells.
  torch::Tensor encode_rows(const std::vector<std::map<std::string, std::string>>& rows) const;
  /// The same for all rows of a CSV file.
  torch::Tensor encode_table(const std::filesystem::path& file) const;

  /// How many classes there are; 0 where the run predicts values.
  std::int64_t classes() const;
  /// Their names, in the order of the columns of `mean`; empty where they are numbers.
  const std::vector<std::string>& class_names() const;
  /// How many models answer together.
  std::size_t members() const;
  /// One of them, in evaluation mode, on the device.
  const VibModel& model(std::size_t member = 0) const;

 private:
  struct Run;
  std::shared_ptr<const Run> run_;
};

/// The directory of a run or of a sweep is all it takes to predict:
///
///     const auto classifier = vib::load_classifier("runs/mnist");
///     const auto p = classifier.predict(images);              // uint8 [B, 28, 28]
///     const auto label = p.mean.argmax(1);                    // [B]
///     const auto bits = p.rate * vib::to_bits(1.0);           // how much of each image the code keeps
VIB_API Predictor load_classifier(const std::filesystem::path& run, const PredictorOptions& options = {});

}  // namespace vib
