/// Uses what a program can: the layer, a classifier and its trainer, a trained run, and an error that it catches.
///
///     consumer [RUN]

#include <cstdio>
#include <cstring>

#include <vib/vib.h>

#if defined(YAML_CPP_API) || defined(FMT_VERSION) || defined(CLI11_VERSION) || defined(NLOHMANN_JSON_VERSION_MAJOR)
#error "a library that vib uses shows through its headers"
#endif

int main(int argc, char** argv) {
  torch::manual_seed(0);
  vib::GaussianBottleneck layer(vib::GaussianBottleneckOptions(/*features=*/32, /*latent=*/4));
  const auto [z, posterior] = layer(torch::randn({5, 32}));
  std::printf("layer: z [%lld, %lld], rate %.3f bits\n", static_cast<long long>(z.size(0)),
              static_cast<long long>(z.size(1)), vib::to_bits(vib::rate(posterior).mean().item<double>()));

  const auto data = vib::make_digits({.train = 4000, .test = 500, .validation = 500});
  vib::VibClassifier model(vib::Mlp(vib::MlpOptions(784).hidden({64})), vib::VibClassifierOptions(64, 8, 10));
  vib::Trainer trainer(model, vib::TrainerOptions().epochs(8).beta(1e-3).learning_rate(3e-3));
  trainer.fit(data.train, data.validation);
  std::printf("trainer: error %.1f %%\n", 100 * vib::evaluate(model, data.test)["error"]);

  try {
    vib::load_classifier("no such run");
    return 1;
  } catch (const vib::StateError& e) {
    std::printf("caught: %s\n", e.what());
  }
  if (argc < 2) return 0;
  const auto classifier = vib::load_classifier(argv[1]);
  const auto digits = vib::make_digits(500, 1, 1);
  const auto p = classifier.predict(digits.inputs);
  std::printf("run: error %.1f %%\n",
              100 * p.mean.argmax(1).ne(digits.targets).to(torch::kFloat64).mean().item<double>());
}
