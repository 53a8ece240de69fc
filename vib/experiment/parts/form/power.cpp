#include "vib/experiment/parts/form/forms.h"

namespace vib {
namespace {

struct PowerKeys {
  double exponent = 2;
};

}  // namespace

FormPart power_form() {
  FormPart part;
  part.name = "power";
  part.meaning = "D + β R^exponent, R the mean over the batch in nats (Rodríguez Gálvez et al. 2020)";
  part.options = PowerKeys{};
  part.keys = taking<PowerKeys>(
      [](PowerKeys& o, Section& s) { s.field("exponent", o.exponent, at_least(1), "1 is vib, 2 is squared"); });
  part.build = taking<PowerKeys>([](const PowerKeys& o) { return power_price(o.exponent); });
  return part;
}

}  // namespace vib
