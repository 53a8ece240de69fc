/// Latency of one example and throughput of a batch, of a trained run on 28 x 28 images:
///
///     bench_serve RUN IMAGES
///
/// with LibTorch's threads as OMP_NUM_THREADS says. A line of JSON on stdout. See bench_serve.py.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "vib/vib.h"

namespace {

template <typename Call>
double median_seconds(int calls, const Call& call) {
  std::vector<double> seconds;
  for (int i = 0; i < calls; ++i) {
    const auto start = std::chrono::steady_clock::now();
    call();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::nth_element(seconds, seconds.begin() + calls / 2);
  return seconds[calls / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto classifier = vib::load_classifier(argv[1], vib::PredictorOptions().samples(12));
  const auto images = vib::read_idx(argv[2]).slice(0, 0, 1000);
  const auto one = images.slice(0, 0, 1);
  for (int i = 0; i < 50; ++i) classifier.predict(one);
  const double latency = median_seconds(1000, [&] { classifier.predict(one); });
  const double batch = median_seconds(15, [&] { classifier.predict(images); });
  const auto p = classifier.predict(images);
  std::printf("{\"latency_us\": %.2f, \"examples_per_second\": %.1f, \"mean_rate_bits\": %.6f}\n", 1e6 * latency,
              static_cast<double>(images.size(0)) / batch, vib::to_bits(p.rate.mean().item<double>()));
}
