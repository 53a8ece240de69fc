#include "vib/experiment/parts/form/forms.h"

namespace vib {

FormPart vib_form();
FormPart squared_form();

const std::vector<FormPart>& FormPart::all() {
  static const std::vector<FormPart> parts = {vib_form(), squared_form()};
  return parts;
}

}  // namespace vib
