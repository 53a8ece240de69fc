// save_data CONFIG OUT.pt [key=value ...]: the splits of an experiment as Python's torch.load reads them: train.inputs,
// train.targets, test.inputs, ... as stored (bytes, tokens).

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "vib/core/tensor_file.h"
#include "vib/experiment/build.h"
#include "vib/experiment/experiment_config.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  try {
    const auto config = vib::load_experiment_config(argv[1], std::vector<std::string>(argv + 3, argv + argc));
    const auto [splits, description] = vib::load_data(config.data, torch::kCPU);
    vib::TensorMap tensors;
    const auto add = [&](const std::string& part, const vib::Dataset& data) {
      tensors.insert(part + ".inputs", data.inputs);
      if (data.targets.defined()) tensors.insert(part + ".targets", data.targets);
    };
    add("train", splits.train);
    add("test", splits.test);
    if (splits.validation.size() > 0) add("validation", splits.validation);
    vib::save_tensors(argv[2], tensors);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
