#include "vib/experiment/parts/initialization/initializations.h"

namespace vib {

InitializationPart xavier_uniform_initialization();
InitializationPart default_initialization();

const std::vector<InitializationPart>& InitializationPart::all() {
  static const std::vector<InitializationPart> parts = {xavier_uniform_initialization(), default_initialization()};
  return parts;
}

}  // namespace vib
