#pragma once

#include <filesystem>
#include <string_view>

namespace vib {

/// What a file seems to be, whatever its name.
struct FileKind {
  enum class Is { kText, kIdx, kImage, kGzip, kOther };

  Is is;                   ///< kText: nothing speaks against it
  std::string_view words;  ///< goes on after the file's name: "is a PNG image"
};

/// By the bytes that it begins with; some hundred are enough.
FileKind kind_of(std::string_view beginning);

/// The same of a path. What is no file, or is empty, is kOther.
FileKind kind_of_file(const std::filesystem::path& path);

/// Throws vib::DataError, `FILE: is a PNG image; expected ...`, where `path` is something else than a file of text.
void require_text(const std::filesystem::path& path, std::string_view expected);

}  // namespace vib
