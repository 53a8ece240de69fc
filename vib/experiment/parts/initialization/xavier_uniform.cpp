#include "vib/experiment/parts/initialization/initializations.h"
#include "vib/nn/initialization.h"

namespace vib {

InitializationPart xavier_uniform_initialization() {
  InitializationPart part;
  part.name = "xavier_uniform";
  part.meaning = "Glorot & Bengio (2010), biases 0";
  part.options = 1.0;
  part.keys = taking<double>([](double& gain, Section& s) {
    s.field("gain", gain, above(0).at_most(1000), "scales the weights; 1 is the paper's");
  });
  part.apply = taking<double>([](double gain, torch::nn::Module& module) { initialize_xavier_uniform(module, gain); });
  return part;
}

}  // namespace vib
