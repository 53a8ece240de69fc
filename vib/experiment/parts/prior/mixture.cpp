#include "vib/nn/prior/mixture.h"

#include "vib/experiment/parts/prior/priors.h"

namespace vib {
namespace {

constexpr double kMostComponents = 1e5;

}  // namespace

PriorPart mixture_prior() {
  PriorPart part;
  part.name = "mixture";
  part.meaning = "Gaussians with weights, means and variances, learned with the rest; start apart, near N(0, I)";
  part.options = MixturePriorOptions(/*latent=*/1);
  part.keys = taking<MixturePriorOptions>([](MixturePriorOptions& o, Section& s) {
    s.field("components", o.components(), at_least(1).at_most(kMostComponents), "how many Gaussians");
  });
  part.build = taking<MixturePriorOptions>([](MixturePriorOptions o, const DataDescription&, std::int64_t latent) {
    return Prior(MixturePrior(o.latent(latent)));
  });
  part.start = [](torch::nn::Module& prior, const Dataset&, std::uint64_t seed) {
    prior.as<MixturePriorImpl>()->draw_means(seed);
  };
  return part;
}

}  // namespace vib
