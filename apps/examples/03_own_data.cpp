/// A data set of one's own: any tensors that fit in memory.
///
///     build/release/bin/example_03_own_data
///
/// Two half moons in the plane, told apart by a small network. Prints the test error (below 3 %), and the bits that a
/// code of two numbers keeps of a point, in a few seconds.

#include <cmath>
#include <cstdio>

#include "vib/vib.h"

namespace {

// [N, 2] points on two interleaved half circles, with noise, and the half circle [N] that each lies on.
vib::Dataset make_moons(std::int64_t count, const char* name) {
  const auto angle = M_PI * torch::rand({count});
  const auto moon = torch::arange(count).remainder(2);
  const auto upper = torch::stack({torch::cos(angle), torch::sin(angle)}, 1);
  const auto lower = torch::stack({1 - torch::cos(angle), 0.5 - torch::sin(angle)}, 1);

  vib::Dataset data;
  data.inputs = torch::where(moon.unsqueeze(1) == 0, upper, lower) + 0.1 * torch::randn({count, 2});
  data.targets = moon;
  data.classes = 2;
  data.name = name;
  return data;
}

}  // namespace

int main() {
  torch::manual_seed(0);
  const auto data = vib::hold_out(make_moons(2000, "moons/train"), make_moons(1000, "moons/test"),
                                  /*count=*/500, /*seed=*/0);

  vib::VibClassifier model(vib::Mlp(vib::MlpOptions(/*inputs=*/2).hidden({64, 64})),
                           vib::VibClassifierOptions(/*features=*/64, /*latent=*/2, /*classes=*/2));

  vib::Trainer trainer(model, vib::TrainerOptions().epochs(40).batch_size(50).beta(3e-3).learning_rate(3e-3));
  trainer.fit(data.train, data.validation);

  const auto metrics = vib::evaluate(model, data.test);
  std::printf("error %.1f %%, rate %.2f bits\n", 100 * metrics["error"], metrics["rate_bits"]);
}
