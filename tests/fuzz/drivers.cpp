#include "tests/fuzz/drivers.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/fuzz/driver.h"
#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib::fuzz {
namespace {

constexpr Driver kDrivers[] = {
    {"axis", axis},
    {"catalog", catalog},
    {"checkpoint", checkpoint},
    {"csv", csv},
    {"data_json", data_json},
    {"events", events},
    {"idx", idx},
    {"image", image},
    {"imdb", imdb},
    {"imdb_cache", imdb_cache},
    {"metrics", metrics},
    {"npy", npy},
    {"npz", npz},
    {"pt", pt},
    {"safetensors", safetensors},
    {"summary", summary},
    {"sweep_csv", sweep_csv},
    {"table", table},
    {"text", text},
    {"yaml", yaml},
};

}  // namespace

std::span<const Driver> drivers() { return kDrivers; }

const Driver* find_driver(std::string_view name) {
  const auto* const found = std::ranges::find(kDrivers, name, &Driver::name);
  return found == std::end(kDrivers) ? nullptr : found;
}

void run(const Driver& driver, std::string_view input) {
  try {
    driver.read(input);
  } catch (const Error&) {
  }
}

const std::filesystem::path& folder() {
  static const test::TemporaryFolder temporary;
  return temporary.path;
}

std::filesystem::path file_of(std::string_view input, const char* name) {
  auto path = folder() / name;
  std::ofstream(path, std::ios::binary).write(input.data(), static_cast<std::streamsize>(input.size()));
  return path;
}

void expect(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

}  // namespace vib::fuzz
