#pragma once

#include <filesystem>
#include <span>
#include <string_view>

namespace vib::fuzz {

/// A reader, and how any bytes get into it. `read` returns or throws vib::Error; whatever else it does is a finding.
struct Driver {
  std::string_view name;  ///< also of its folder in tests/fuzz/corpus
  void (*read)(std::string_view input);
};

std::span<const Driver> drivers();

/// nullptr where there is none of that name.
const Driver* find_driver(std::string_view name);

/// Runs `driver` and takes what a reader may throw.
void run(const Driver& driver, std::string_view input);

/// A folder of this process alone.
const std::filesystem::path& folder();

/// A file in that folder that holds `input`. The next one of its name takes its place.
std::filesystem::path file_of(std::string_view input, const char* name = "input");

/// Throws std::logic_error, a finding, unless `holds`.
void expect(bool holds, const char* what);

}  // namespace vib::fuzz
