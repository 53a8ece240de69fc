#include "vib/core/sha256.h"

#include <array>
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include "vib/core/error.h"
#include "vib/core/system_error.h"

namespace vib {
namespace {

struct FileClose {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

void check(int result) {
  if (result != 1) throw Error("OpenSSL cannot compute a SHA-256 checksum");
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  check(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) { check(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size())); }

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  check(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr));
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

std::string sha256_of_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, FileClose> file(std::fopen(path.c_str(), "rbe"));
  if (!file) throw_system_error("read", path);
  Sha256 sum;
  std::array<char, 1 << 17> buffer;
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), file.get())) sum.update({buffer.data(), count});
  if (std::ferror(file.get()) != 0) throw_system_error("read", path);
  return sum.hex();
}

}  // namespace vib
