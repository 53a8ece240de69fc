#include "vib/export/format/formats.h"

namespace vib {

ExportFormat torchscript_format();
ExportFormat onnx_format();
ExportFormat safetensors_format();

const std::vector<ExportFormat>& ExportFormat::all() {
  static const std::vector<ExportFormat> formats = {torchscript_format(), onnx_format(), safetensors_format()};
  return formats;
}

}  // namespace vib
