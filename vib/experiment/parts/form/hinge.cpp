#include "vib/core/units.h"
#include "vib/experiment/parts/form/forms.h"

namespace vib {
namespace {

struct HingeKeys {
  double free_bits = 10;
  HingeOf per = HingeOf::kBatch;
};

}  // namespace

FormPart hinge_form() {
  FormPart part;
  part.name = "hinge";
  part.meaning = "D + β max(R - free, 0): a rate that costs nothing up to a number of bits";
  part.options = HingeKeys{};
  part.keys = taking<HingeKeys>([](HingeKeys& o, Section& s) {
    s.field("free_bits", o.free_bits, at_least(0), "the rate that costs nothing");
    s.choice("per", o.per,
             {{"batch", HingeOf::kBatch, "of the batch's mean rate"},
              {"example", HingeOf::kExample, "of each example's own"}},
             "whose rate is compared");
  });
  part.build = taking<HingeKeys>([](const HingeKeys& o) { return hinge_price(to_nats(o.free_bits), o.per); });
  return part;
}

}  // namespace vib
