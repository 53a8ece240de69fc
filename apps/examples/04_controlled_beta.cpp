/// β controlled in one's own loop: not "what does β = 1e-3 give?" but "give me a code of 6 bits".
///
///     build/release/bin/example_04_controlled_beta
///
/// After every step β moves by how far the batch's rate is off, by ratios, since β spans decades. Prints the rate of an
/// epoch in bits, which ends between 5.5 and 6.5, in a few seconds.

#include <cmath>
#include <cstdio>

#include <torch/optim/adam.h>

#include "vib/vib.h"

int main() {
  const auto data = vib::make_digits({.train = 4000, .test = 100, .validation = 0});
  torch::manual_seed(0);

  vib::VibClassifier model(vib::Mlp(vib::MlpOptions(/*inputs=*/784).hidden({128})),
                           vib::VibClassifierOptions(/*features=*/128, /*latent=*/8, /*classes=*/10));
  torch::optim::Adam optimizer(model->parameters(), torch::optim::AdamOptions(2e-3));

  const double target_bits = 6;
  double log_beta = std::log(1e-3);
  for (int epoch = 0; epoch < 12; ++epoch) {
    double bits = 0;
    const auto order = vib::epoch_order(data.train.size(), /*seed=*/0, epoch);
    for (const auto& [begin, end] : vib::batch_ranges(data.train.size(), 100)) {
      const auto index = order.slice(0, begin, end);

      const auto output = model->forward(data.train.batch_inputs(index));
      const auto terms = vib::vib_terms(*model, output, data.train.batch_targets(index));
      const auto loss = terms.loss(std::exp(log_beta));

      optimizer.zero_grad();
      loss.backward();
      optimizer.step();

      const double batch_bits = vib::to_bits(terms.rate.mean().item<double>());
      log_beta += 0.01 * (batch_bits - target_bits);
      bits += batch_bits * static_cast<double>(end - begin) / static_cast<double>(data.train.size());
    }
    std::printf("epoch %2d: rate %5.2f bits at beta %.2g\n", epoch + 1, bits, std::exp(log_beta));
  }
}
