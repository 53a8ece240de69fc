/// copy_tensors IN OUT: reads a tensor file and writes it again, for tensor_file_python_test.py. Exit code 1 and the
/// reason on stderr when IN is refused.

#include <cstdio>

#include "vib/core/error.h"
#include "vib/core/tensor_file.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    vib::save_tensors(argv[2], vib::load_tensors(argv[1]));
  } catch (const vib::StateError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
