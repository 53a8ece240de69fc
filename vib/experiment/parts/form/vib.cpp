#include "vib/experiment/parts/form/forms.h"

namespace vib {

FormPart vib_form() {
  FormPart part;
  part.name = "vib";
  part.meaning = "D + β R, the paper's";
  part.build = [](const std::any&) { return Price(linear_price); };
  return part;
}

}  // namespace vib
