#include "vib/experiment/parts/initialization/initializations.h"

namespace vib {

InitializationPart default_initialization() {
  InitializationPart part;
  part.name = "default";
  part.meaning = "LibTorch's own";
  part.apply = [](const std::any&, torch::nn::Module&) {};
  return part;
}

}  // namespace vib
