/// A trained run in production: load it, predict, and be warned of inputs unlike those it has seen.
///
///     build/release/bin/vib train configs/quickstart.yaml --out runs/served
///     build/release/bin/example_05_serve runs/served
///
/// Prints the error on new digits, and the rate in bits of digits and of noise. The rate KL( q(z|x) || r(z) ) is how
/// much of x the code keeps, and a code is only cheap for what training has shown it: noise costs more.

#include <cstdio>

#include "vib/vib.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s RUN\n", argv[0]);
    return 2;
  }
  try {
    const auto classifier = vib::load_classifier(argv[1]);

    const auto digits = vib::make_digits(/*count=*/1000, /*seed=*/1, /*stream=*/1);
    const auto seen = classifier.predict(digits.inputs);  // uint8 [B, 1, 28, 28]
    const auto wrong = seen.mean.argmax(1).ne(digits.targets);
    std::printf("error on new digits: %.1f %%\n", 100 * wrong.to(torch::kFloat64).mean().item<double>());

    const auto noise = classifier.predict(torch::randint(0, 256, {1000, 1, 28, 28}, torch::kUInt8));
    const auto bits = [](const vib::Prediction& p) { return vib::to_bits(p.rate.mean().item<double>()); };
    std::printf("rate of digits: %.1f bits, of noise: %.1f bits\n", bits(seen), bits(noise));
  } catch (const vib::Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
