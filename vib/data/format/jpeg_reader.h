#pragma once

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <string>

// jpeglib.h leans on what stands before it.
// clang-format off
#include <cstdio>
#include <jpeglib.h>
// clang-format on

namespace vib {

/// Decodes a JPEG file in memory. libjpeg reports an error by a jump out of its C code, past every destructor, so that
/// the functions that may be jumped out of hold nothing that has one.
class JpegReader {
 public:
  JpegReader(const std::uint8_t* bytes, std::size_t size);
  ~JpegReader();
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  /// Reads the header. False: `error` says why.
  bool open();
  std::int64_t height() const { return info_.image_height; }
  std::int64_t width() const { return info_.image_width; }
  /// Whether its colours are those of a printer, which are not decoded.
  bool is_cmyk() const { return info_.num_components == 4; }
  /// Decodes into `height() * width() * 3` bytes, red, green, blue. False: `error` says why.
  bool read(std::uint8_t* pixels);
  std::string error() const { return errors_.message; }

 private:
  struct Errors {
    jpeg_error_mgr manager;  // first: libjpeg knows it alone
    std::jmp_buf jump;
    char message[JMSG_LENGTH_MAX];
  };
  static void stop(j_common_ptr info);
  static void warn(j_common_ptr info, int level);
  static void count_scans(j_common_ptr info);

  const std::uint8_t* bytes_;
  std::size_t size_;
  jpeg_decompress_struct info_{};
  Errors errors_{};
  jpeg_progress_mgr progress_{};
};

}  // namespace vib
