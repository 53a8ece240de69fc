#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

namespace vib::test {

/// A fresh folder for one test, removed at its end.
class TemporaryFolder : public testing::Test {
 protected:
  TemporaryFolder() {
    auto name = (std::filesystem::temp_directory_path() / "vib_test_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::filesystem::filesystem_error(name, std::error_code());
    path = name;
  }
  ~TemporaryFolder() override {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }

  std::filesystem::path path;
};

}  // namespace vib::test
