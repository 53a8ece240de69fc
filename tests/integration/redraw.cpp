/// redraw RUN OUT: evaluates a run on draws that another program can be given too. Writes OUT/{config.yaml, weights.pt,
/// weights_raw.pt, summary.json} as a run directory for oracle.py, OUT/split.pt (the test split) and OUT/noise.pt (the
/// draws, `[M, N, K]`).

#include <cstdio>
#include <exception>
#include <filesystem>

#include "vib/core/atomic_file.h"
#include "vib/core/device.h"
#include "vib/experiment/experiment.h"
#include "vib/experiment/json.h"

namespace fs = std::filesystem;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    const vib::RunDirectory run(argv[1]);
    const fs::path out(argv[2]);
    fs::copy(run.path(), out, fs::copy_options::recursive);

    const auto config = vib::run_config(run);
    const auto test = vib::load_data(config.data, torch::kCPU).splits.test;
    const auto noise = torch::randn({config.evaluate.samples, test.size(), config.model.bottleneck.latent()},
                                    vib::make_generator(torch::kCPU, 1));
    const auto options = vib::evaluate_options(config).noise(noise);
    vib::Json summary;
    for (const bool raw : {false, true}) {
      if (raw && !fs::exists(run.raw_weights())) continue;
      const auto model = vib::load_model(run, torch::kCPU, raw);
      summary[raw ? "test_raw" : "test"] = vib::to_json(vib::evaluate(model, test, options));
    }
    vib::write_file_atomically(out / "summary.json", summary.dump());
    vib::TensorMap split, draws;
    split.insert("inputs", test.inputs);
    split.insert("targets", test.targets);
    draws.insert("noise", noise);
    vib::save_tensors(out / "split.pt", split);
    vib::save_tensors(out / "noise.pt", draws);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
