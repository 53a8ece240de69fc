#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace vib {

/// The SHA-256 checksum of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  /// 64 lower-case hexadecimal digits; to be asked for once, at the end.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of a whole file. Throws vib::StateError with the path and the system's reason.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace vib
