// LLVM's libFuzzer with one of our readers:
//
//     fuzz --reader=idx [libFuzzer's options] [corpus...]
//
// libFuzzer passes over options that begin with two dashes, and hands them on to the processes that it starts.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/driver.h"

namespace {

const vib::fuzz::Driver* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(const int* argc, char*** argv) {
  constexpr std::string_view kOption = "--reader=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (argument.starts_with(kOption)) chosen = vib::fuzz::find_driver(argument.substr(kOption.size()));
  }
  if (chosen != nullptr) return 0;
  std::fputs("fuzz: expected --reader=NAME, of:", stderr);
  for (const auto& driver : vib::fuzz::drivers()) std::fprintf(stderr, " %s", driver.name.data());
  std::fputs("\n", stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vib::fuzz::run(*chosen, {reinterpret_cast<const char*>(data), size});
  return 0;
}
