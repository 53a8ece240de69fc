#include "vib/data/format/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <mutex>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/descriptor.h"
#include "vib/core/error.h"

namespace vib {
namespace {

static_assert(std::endian::native == std::endian::little, "files are taken as they lie in memory");

/// Of LibTorch's kernels and of NumPy's arrays.
constexpr std::size_t kMostDimensions = 64;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& reason) {
  throw DataError(fmt::format("{}: {}", path.string(), reason));
}

/// A mapped file. Once made, an entry stays in the list for ever, so that a signal handler, which may not lock, can
/// walk it at any moment; one that is free is used again.
struct Mapping {
  std::string path = {};
  std::atomic<std::size_t> size = 0;
  std::atomic<const std::byte*> begin = nullptr;  ///< null: free. Set last, so that the rest is there
  Mapping* next = nullptr;
};

std::atomic<Mapping*> mappings = nullptr;
std::mutex mappings_mutex;

Mapping* register_mapping(const std::filesystem::path& path, const void* data, std::size_t size) {
  const std::scoped_lock lock(mappings_mutex);
  auto* mapping = mappings.load();
  while (mapping != nullptr && mapping->begin != nullptr) mapping = mapping->next;
  const bool is_new = mapping == nullptr;
  if (is_new) mapping = new Mapping{.next = mappings.load()};
  mapping->path = path.string();
  mapping->size = size;
  mapping->begin = static_cast<const std::byte*>(data);
  if (is_new) mappings = mapping;
  return mapping;
}

void unregister(Mapping* mapping) {
  const std::scoped_lock lock(mappings_mutex);
  mapping->begin = nullptr;
}

}  // namespace

const char* mapped_file_at(const void* address) noexcept {
  const auto* byte = static_cast<const std::byte*>(address);
  for (const auto* mapping = mappings.load(); mapping != nullptr; mapping = mapping->next) {
    const auto* begin = mapping->begin.load();
    if (begin != nullptr && byte >= begin && byte < begin + mapping->size) return mapping->path.c_str();
  }
  return nullptr;
}

torch::Tensor map_file(const std::filesystem::path& path) {
  // Opening a pipe would wait for somebody to write into it.
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) fail(path, "no such file");
  if (!std::filesystem::is_regular_file(status)) fail(path, "expected a file, found a folder or a device");

  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail(path, fmt::format("cannot open: {}", std::generic_category().message(errno)));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail(path, "cannot find its size");
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size == 0) return torch::empty({0}, torch::kUInt8);
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
  if (data == MAP_FAILED) fail(path, fmt::format("cannot map: {}", std::generic_category().message(errno)));
  auto* mapping = register_mapping(path, data, size);
  const auto unmap = [mapping, size](void* mapped) {
    unregister(mapping);  // first: its place may be taken at once
    ::munmap(mapped, size);
  };
  return torch::from_blob(data, {static_cast<std::int64_t>(size)}, unmap, torch::kUInt8);
}

std::optional<std::int64_t> byte_count(torch::IntArrayRef shape, std::int64_t item_size) {
  if (shape.size() > kMostDimensions) return std::nullopt;
  std::int64_t count = item_size;
  for (const auto size : shape)
    if (size < 0 || __builtin_mul_overflow(count, std::max<std::int64_t>(size, 1), &count)) return std::nullopt;
  return std::ranges::find(shape, 0) == shape.end() ? count : 0;
}

std::string absurd_shape(torch::IntArrayRef shape) {
  const auto which = shape.size() > kMostDimensions ? fmt::format("of {} dimensions", shape.size())
                                                    : fmt::format("({})", fmt::join(shape, " x "));
  return fmt::format("its header declares a shape that no tensor can have {}: the file is damaged", which);
}

torch::Tensor tensor_at(const torch::Tensor& bytes, std::int64_t offset, torch::IntArrayRef shape,
                        torch::ScalarType dtype) {
  const auto item_size = static_cast<std::int64_t>(torch::elementSize(dtype));
  const auto count = byte_count(shape, item_size);
  TORCH_CHECK(count && offset >= 0 && offset <= bytes.numel() && *count <= bytes.numel() - offset, "tensor_at: ", shape,
              " at ", offset, " does not lie within ", bytes.numel(), " bytes");
  if (*count == 0) return torch::empty(shape, dtype);
  const auto part = bytes.slice(0, offset, offset + *count);
  // A bool that is neither 0 nor 1 has no meaning in C++.
  if (dtype == torch::kBool) return part.to(torch::kBool).view(shape);
  return (offset % item_size == 0 ? part : part.clone()).view(dtype).view(shape);
}

}  // namespace vib
