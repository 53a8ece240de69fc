#include <string>

#include "tests/fuzz/driver.h"
#include "tests/fuzz/drivers.h"
#include "vib/core/tensor_file.h"
#include "vib/data/format/idx.h"
#include "vib/data/format/npy.h"
#include "vib/data/format/safetensors.h"

namespace vib::fuzz {
namespace {

/// Every byte of a tensor is looked at, so that one beyond the file is found.
void touch(const torch::Tensor& tensor) { (void)tensor.clone(); }

void touch(const TensorMap& tensors) {
  for (const auto& item : tensors) touch(item.value());
}

}  // namespace

void idx(std::string_view input) { touch(read_idx(file_of(input))); }

void npy(std::string_view input) { touch(read_npy(file_of(input))); }

void npz(std::string_view input) {
  const auto path = file_of(input);
  for (const auto& name : npz_names(path)) touch(read_npz(path, name));
}

void safetensors(std::string_view input) { touch(read_safetensors(file_of(input))); }

void pt(std::string_view input) { touch(load_tensors(file_of(input))); }

}  // namespace vib::fuzz
