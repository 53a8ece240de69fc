#include "vib/experiment/parts/layer_keys.h"

#include <utility>

#include "vib/experiment/parts/limits.h"

namespace vib {

void hidden_key(Section& s, std::vector<std::int64_t>& hidden) {
  s.field("hidden", hidden, each(layer_size()).or_empty(), "widths of the fully connected layers");
}

void activation_key(Section& s, Activation& activation) {
  s.choice("activation", activation,
           {{"relu", Activation::kRelu, ""},
            {"gelu", Activation::kGelu, ""},
            {"silu", Activation::kSilu, ""},
            {"tanh", Activation::kTanh, ""}},
           "behind every hidden layer");
}

void dropout_key(Section& s, double& dropout, std::string meaning) {
  s.field("dropout", dropout, at_least(0).below(1), std::move(meaning));
}

void input_dropout_key(Section& s, double& dropout) {
  s.field("input_dropout", dropout, at_least(0).below(1), "share of the input's values that are dropped in training");
}

void embedding_key(Section& s, std::int64_t& embedding) {
  s.field("embedding", embedding, layer_size(), "numbers that stand for a word");
}

}  // namespace vib
