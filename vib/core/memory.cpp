#include "vib/core/memory.h"

#include <fstream>
#include <string>
#include <string_view>

namespace vib {

double total_memory() {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  double kilobytes = 0;
  while (file >> key >> kilobytes >> unit)
    if (key == "MemTotal:") return 1024 * kilobytes;
  return 4e9;
}

bool is_out_of_memory(const c10::Error& error) {
  // On the CPU it is a plain c10::Error.
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         std::string_view(error.what_without_backtrace()).find("can't allocate memory") != std::string_view::npos;
}

}  // namespace vib
