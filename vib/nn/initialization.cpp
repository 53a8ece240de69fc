#include "vib/nn/initialization.h"

#include <torch/nn/init.h>
#include <torch/nn/modules/embedding.h>

#include "vib/nn/matrix_weights.h"

namespace vib {

void initialize_xavier_uniform(torch::nn::Module& module, double gain) {
  torch::NoGradGuard no_grad;
  for (const auto& child : module.modules()) {
    // A word's numbers are no products of others: the range that embeddings have in Keras.
    if (auto* embedding = child->as<torch::nn::Embedding>()) embedding->weight.uniform_(-0.05 * gain, 0.05 * gain);
    const auto layer = matrix_layer(*child);
    if (!layer) continue;
    torch::nn::init::xavier_uniform_(layer->weight, gain);
    if (layer->bias.defined()) layer->bias.zero_();
  }
}

}  // namespace vib
