#pragma once

#include <filesystem>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// Reads an IDX file of unsigned bytes (type 0x08), MNIST's format, of any rank, gzip-compressed or plain:
///
///     00 00 08 RANK   SIZE_1 ... SIZE_RANK (32 bits each, big endian)   the bytes, row major
///
/// Where `path` does not exist, `path`.gz is read. Returns a uint8 tensor `[SIZE_1, ..., SIZE_RANK]`.
/// Throws vib::DataError when the file is missing, unreadable, truncated, corrupt, or longer than its header says.
VIB_API torch::Tensor read_idx(const std::filesystem::path& path);

/// `path`, or where that does not exist `path`.gz. Throws vib::DataError where there is neither, or what is no file.
VIB_API std::filesystem::path idx_file(const std::filesystem::path& path);

}  // namespace vib
