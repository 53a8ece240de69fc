#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
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
  /// Draws of z per example. Default: the run's `evaluate.samples`.
  TORCH_ARG(std::optional<std::int64_t>, samples) = std::nullopt;
  /// The raw weights instead of their moving average, where the run has both. Default: false.
  TORCH_ARG(bool, raw) = false;
};

/// What a finished run says of new inputs.
///
/// Nothing of it changes once it is made: any number of threads may use one at the same time, and the same inputs get
/// the same answer, bit for bit where the number of LibTorch's threads is the same. Copies share the model.
class VIB_API Predictor {
 public:
  /// Reads RUN/config.yaml, RUN/data.json and RUN/weights.pt. Throws vib::StateError where the run is unfinished or
  /// damaged, vib::Error where there is no such device.
  explicit Predictor(const std::filesystem::path& run, const PredictorOptions& options = {});

  /// For inputs `[B, ...]` as the run's data files hold them: bytes of images, numbers (standardised here, as the run
  /// did), token ids. Dimensions of size one may be there or not. Values come back in the data's unit. Where the run
  /// reconstructs its inputs, `log_mean` and `distortion` are there too. Throws vib::DataError where the inputs are not
  /// what the run takes.
  Prediction predict(const torch::Tensor& inputs) const;
  /// The same by batches of the run's `evaluate.batch_size`, so that memory does not grow with B.
  void predict(const torch::Tensor& inputs, const std::function<void(const Prediction&)>& take) const;

  /// For texts, of a run that was trained on texts: the token ids `[B, L]` of its vocabulary, to be predicted for.
  /// Throws vib::DataError for another run.
  torch::Tensor encode(const std::vector<std::string>& texts) const;
  /// The words of such ids as the model sees them.
  std::string decode(const torch::Tensor& tokens) const;

  /// How many classes there are; 0 where the run predicts values.
  std::int64_t classes() const;
  /// In evaluation mode, on the device.
  const VibModel& model() const;

 private:
  struct Run;
  std::shared_ptr<const Run> run_;
};

/// A run directory is all it takes to predict:
///
///     const auto classifier = vib::load_classifier("runs/mnist");
///     const auto p = classifier.predict(images);              // uint8 [B, 28, 28]
///     const auto label = p.mean.argmax(1);                    // [B]
///     const auto bits = p.rate * vib::to_bits(1.0);           // how much of each image the code keeps
VIB_API Predictor load_classifier(const std::filesystem::path& run, const PredictorOptions& options = {});

}  // namespace vib
