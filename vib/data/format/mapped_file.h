#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <torch/types.h>

namespace vib {

/// The bytes of a file, `[n]` uint8, mapped into memory: pages are read when they are touched and need no memory of the
/// process's own. What is written into the tensor never reaches the file. The mapping lives as long as a tensor looks
/// into it; where the file is cut short meanwhile, touching what is gone raises SIGBUS. Throws vib::DataError when it
/// is missing, unreadable or no file.
torch::Tensor map_file(const std::filesystem::path& path);

/// The path of the file that is mapped where `address` lies; nullptr where none is. A signal handler may ask.
const char* mapped_file_at(const void* address) noexcept;

/// The bytes that `shape` takes at `item_size` each; nothing where no tensor can have it: more than 64 dimensions, a
/// negative size, or a product that overflows, sizes of 0 left aside, since an empty tensor has strides, too.
std::optional<std::int64_t> byte_count(torch::IntArrayRef shape, std::int64_t item_size);
/// What a reader says of a file that declares such a shape.
std::string absurd_shape(torch::IntArrayRef shape);

/// The tensor that lies at `offset` in `bytes` (`[n]` uint8, little endian, row major): a view where it is aligned to
/// its type, otherwise, and for bool, a copy. It must lie within `bytes` (c10::Error).
torch::Tensor tensor_at(const torch::Tensor& bytes, std::int64_t offset, torch::IntArrayRef shape,
                        torch::ScalarType dtype);

}  // namespace vib
