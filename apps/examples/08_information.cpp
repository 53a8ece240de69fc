/// What a layer knows, from its activations alone: a plain tensor, without a model or a run.
///
///     build/release/bin/example_08_information
///
/// Two units see the two bits of x, and y is their exclusive or: together they know it, and one alone does not. A third
/// unit tells every example apart: then an estimate counts the examples. Prints I(T;X) and I(T;Y) in bits: 2 and 1 of
/// both, 1 and 0 of one, and 10 and 1 of all three, with a warning.

#include <cstdio>

#include <torch/types.h>

#include "vib/vib.h"

int main() {
  const auto x = torch::arange(1000, torch::kInt64), a = x % 2, b = x.floor_divide(2) % 2;
  const auto layer = torch::stack({2 * a - 1, 2 * b - 1, x / 1000.0}, 1).to(torch::kFloat32);
  const auto y = a.bitwise_xor(b);
  const auto bins = vib::parse_estimator("bins:1000:-1:1");
  for (const auto& units : {layer.slice(1, 0, 2), layer.slice(1, 0, 1), layer}) {
    const auto estimate = bins->estimate(units, y);
    std::printf("%ld units: I(T;X) = %.2f, I(T;Y) = %.2f bits%s\n", static_cast<long>(units.size(1)), estimate.itx_bits,
                estimate.ity_bits, estimate.saturated.value() ? ", which is the number of examples: log2 1000" : "");
  }
}
