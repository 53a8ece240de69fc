#include "vib/export/encoder/encoder_graphs.h"

#include <vector>

#include <fmt/format.h>

#include "vib/config/suggestion.h"
#include "vib/core/error.h"

namespace vib {

// Each in a file of its own: the features, or an empty name where the module is another one.
std::string graph_of_mlp(GraphBuilder& g, const std::string& x, const torch::nn::Module& backbone);
std::string graph_of_conv(GraphBuilder& g, const std::string& x, const torch::nn::Module& backbone);
std::string graph_of_text_cnn(GraphBuilder& g, const std::string& tokens, const torch::nn::Module& backbone);
std::string graph_of_text_mean(GraphBuilder& g, const std::string& tokens, const torch::nn::Module& backbone);

namespace {

struct EncoderGraph {
  const char* name;
  std::string (*add)(GraphBuilder& g, const std::string& x, const torch::nn::Module& backbone);
};

constexpr EncoderGraph kEncoderGraphs[] = {
    {"mlp", graph_of_mlp},
    {"conv", graph_of_conv},
    {"text_cnn", graph_of_text_cnn},
    {"text_mean", graph_of_text_mean},
};

}  // namespace

std::string graph_of_encoder(GraphBuilder& g, const std::string& x, const torch::nn::Module& backbone) {
  std::vector<std::string> known;
  for (const auto& encoder : kEncoderGraphs) {
    if (auto features = encoder.add(g, x, backbone); !features.empty()) return features;
    known.emplace_back(encoder.name);
  }
  throw StateError(fmt::format("{}: cannot be exported; allowed: the encoders {}", backbone.name(), listed(known)));
}

}  // namespace vib
