/// A metric, a stopping rule and a schedule of one's own, and what the trainer tells on the way.
///
///     build/release/bin/example_07_hooks
///
/// Prints the recall of the digit 7 on the validation split after each epoch, and stops at an error below 8 %; in a few
/// seconds.

#include <cmath>
#include <cstdio>

#include "vib/vib.h"

int main() {
  const auto data = vib::make_digits({.train = 6000, .test = 1000, .validation = 1000});
  torch::manual_seed(0);
  vib::VibClassifier model(vib::Mlp(vib::MlpOptions(/*inputs=*/784).hidden({256})),
                           vib::VibClassifierOptions(/*features=*/256, /*latent=*/16, /*classes=*/10));

  std::int64_t steps = 0;
  vib::Trainer trainer(
      model,
      vib::TrainerOptions()
          .epochs(40)
          .beta(vib::Schedule([](double epoch) { return 1e-3 * (1 - std::exp(-epoch)); }))  // any function of time
          .on_step([&](const vib::Trainer&) { ++steps; })
          .on_evaluation([](vib::Evaluation e) {  // the model holds the weights that were evaluated
            const auto sevens = e.data.select(e.data.targets.eq(7).nonzero().squeeze(1));
            const auto output = e.model->forward(sevens.batch_inputs(0, sevens.size()), /*draws=*/12);
            const auto found = output.decoded.softmax(-1).mean(0).argmax(-1).eq(7);
            std::printf("recall of 7: %.3f\n", found.to(torch::kFloat64).mean().item<double>());
          })
          .enough([](const vib::Trainer& t) { return (*t.history().back().validation)["error"] < 0.08; }));
  trainer.fit(data.train, data.validation);

  const auto& last = trainer.history().back();
  std::printf("stopped after epoch %lld, %lld steps, at an error of %.1f %%\n", static_cast<long long>(last.epoch),
              static_cast<long long>(steps), 100 * (*last.validation)["error"]);
}
