#include "vib/nn/initialization.h"

#include <torch/nn/init.h>

#include "vib/nn/matrix_weights.h"

namespace vib {

void initialize_xavier_uniform(torch::nn::Module& module, double gain) {
  torch::NoGradGuard no_grad;
  for (const auto& child : module.modules()) {
    const auto layer = matrix_layer(*child);
    if (!layer) continue;
    torch::nn::init::xavier_uniform_(layer->weight, gain);
    if (layer->bias.defined()) layer->bias.zero_();
  }
}

}  // namespace vib
