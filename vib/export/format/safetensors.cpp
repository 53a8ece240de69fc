#include "vib/data/format/safetensors.h"

#include "vib/export/format/formats.h"

namespace vib {

ExportFormat safetensors_format() {
  ExportFormat format;
  format.name = "safetensors";
  format.meaning = "its weights";
  format.file = "model.safetensors";
  format.write_weights = write_safetensors;
  return format;
}

}  // namespace vib
