#include "vib/experiment/parts/form/forms.h"

namespace vib {

FormPart squared_form() {
  FormPart part;
  part.name = "squared";
  part.meaning = "D + β R², R the mean over the batch in nats (Kolchinsky, Tracey & Van Kuyk 2019)";
  part.build = [](const std::any&) { return Price(squared_price); };
  return part;
}

}  // namespace vib
