#include "vib/experiment/parts/form/forms.h"

namespace vib {

FormPart vib_form();
FormPart squared_form();
FormPart power_form();
FormPart exponential_form();
FormPart hinge_form();

const std::vector<FormPart>& FormPart::all() {
  static const std::vector<FormPart> parts = {vib_form(), squared_form(), power_form(), exponential_form(),
                                              hinge_form()};
  return parts;
}

}  // namespace vib
