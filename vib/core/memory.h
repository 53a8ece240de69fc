#pragma once

#include <c10/util/Exception.h>

namespace vib {

/// Bytes of memory that the machine has: all of it, since nothing may depend on what else happens to run.
double total_memory();

/// Whether LibTorch found no memory for a tensor, on any device.
bool is_out_of_memory(const c10::Error& error);

}  // namespace vib
