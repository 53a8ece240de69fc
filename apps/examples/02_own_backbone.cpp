/// A ready classifier and trainer around somebody's own backbone.
///
///     build/release/bin/example_02_own_backbone
///
/// prints the test error (below 25 %, by the mean of 12 draws), and the rate in bits, in a few seconds.

#include <cstdio>

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>  // Flatten too

#include "vib/vib.h"

int main() {
  const auto data = vib::make_digits({.train = 6000, .test = 1000, .validation = 1000});
  torch::manual_seed(0);

  torch::nn::Sequential backbone(torch::nn::Flatten(), torch::nn::Linear(784, 256), torch::nn::ReLU());
  vib::VibClassifier model(backbone, vib::VibClassifierOptions(/*features=*/256, /*latent=*/16, /*classes=*/10));

  vib::Trainer trainer(model, vib::TrainerOptions().epochs(10).beta(vib::constant(1e-3)).ema(0.99));
  trainer.fit(data.train, data.validation);

  const auto metrics = vib::evaluate(model, data.test, vib::EvaluateOptions().samples(12));
  std::printf("best epoch %lld: error %.1f %%, rate %.1f bits\n", static_cast<long long>(trainer.best_epoch()),
              100 * metrics["error"], metrics["rate_bits"]);
}
