// Feeds files to the readers that they were found for, without a fuzzer:
//
//     fuzz_replay READER FILE...   these
//     fuzz_replay CORPUS           those of CORPUS/READER, for every reader
//
// Prints what went wrong with which file, and ends with 1 where something did. A crash shows the file that it is of as
// the last line.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/fuzz/driver.h"
#include "vib/core/atomic_file.h"

namespace fs = std::filesystem;
using vib::fuzz::Driver;

namespace {

// Far above what a reader needs, and far below what a hostile file asks for.
constexpr std::chrono::duration<double> kLongest(10);
constexpr long kMostKilobytes = 2L << 20;

/// What is wrong with how `driver` takes the file; empty where all is well.
std::string wrong(const Driver& driver, const fs::path& file) {
  const auto begun = std::chrono::steady_clock::now();
  try {
    vib::fuzz::run(driver, vib::read_file(file));
  } catch (const std::exception& error) {
    return fmt::format("threw what is no vib::Error: {}", error.what());
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  if (seconds > kLongest) return fmt::format("took {:.0f} s", seconds.count());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  if (usage.ru_maxrss > kMostKilobytes) return fmt::format("took {} MB of memory", usage.ru_maxrss >> 10);
  return "";
}

bool replay(const Driver& driver, std::vector<fs::path> files) {
  std::ranges::sort(files);
  bool well = true;
  for (const auto& file : files) {
    fmt::print("{} {}\n", driver.name, file.string());
    std::fflush(stdout);
    const auto problem = wrong(driver, file);
    if (!problem.empty()) fmt::print("  {}\n", problem);
    well = well && problem.empty();
  }
  return well;
}

bool replay_corpus(const fs::path& corpus) {
  bool well = true;
  for (const auto& driver : vib::fuzz::drivers()) {
    std::vector<fs::path> files;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(corpus / driver.name, missing)) files.push_back(entry.path());
    if (files.empty()) fmt::print("{}: no inputs in {}\n", driver.name, (corpus / driver.name).string());
    well = replay(driver, files) && !files.empty() && well;
  }
  return well;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2) return replay_corpus(argv[1]) ? 0 : 1;
  const auto* driver = argc > 2 ? vib::fuzz::find_driver(argv[1]) : nullptr;
  if (driver != nullptr) return replay(*driver, {argv + 2, argv + argc}) ? 0 : 1;
  std::fputs("fuzz_replay READER FILE... or fuzz_replay CORPUS\n", stderr);
  return 2;
}
