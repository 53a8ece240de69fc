#include "vib/experiment/parts/form/forms.h"

namespace vib {
namespace {

struct ExponentialKeys {
  double eta = 1;
};

}  // namespace

FormPart exponential_form() {
  FormPart part;
  part.name = "exponential";
  part.meaning = "D + β (exp(η R) - 1), R the mean over the batch in nats (Rodríguez Gálvez et al. 2020)";
  part.options = ExponentialKeys{};
  part.keys = taking<ExponentialKeys>([](ExponentialKeys& o, Section& s) {
    s.field("eta", o.eta, above(0), "η, per nat: the price rises steeply beyond a rate of 1 / η");
  });
  part.build = taking<ExponentialKeys>([](const ExponentialKeys& o) { return exponential_price(o.eta); });
  return part;
}

}  // namespace vib
