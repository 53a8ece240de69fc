#include "vib/data/format/jpeg_reader.h"

#include <jerror.h>

namespace vib {
namespace {

/// Encoders make about ten.
constexpr int kMostScans = 100;

}  // namespace

JpegReader::JpegReader(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes), size_(size) {
  info_.err = jpeg_std_error(&errors_.manager);
  errors_.manager.error_exit = stop;
  errors_.manager.emit_message = warn;
  progress_.progress_monitor = count_scans;
}

JpegReader::~JpegReader() { jpeg_destroy_decompress(&info_); }

bool JpegReader::open() {
  if (setjmp(errors_.jump) != 0) return false;
  jpeg_create_decompress(&info_);
  info_.progress = &progress_;
  jpeg_mem_src(&info_, bytes_, size_);
  jpeg_read_header(&info_, TRUE);
  info_.out_color_space = JCS_RGB;
  return true;
}

bool JpegReader::read(std::uint8_t* pixels) {
  if (setjmp(errors_.jump) != 0) return false;
  jpeg_start_decompress(&info_);
  while (info_.output_scanline < info_.output_height) {
    JSAMPROW row = pixels + std::size_t{info_.output_scanline} * info_.output_width * 3;
    jpeg_read_scanlines(&info_, &row, 1);
  }
  jpeg_finish_decompress(&info_);
  return true;
}

void JpegReader::stop(j_common_ptr info) {
  auto& errors = *reinterpret_cast<Errors*>(info->err);
  errors.manager.format_message(info, errors.message);
  std::longjmp(errors.jump, 1);
}

// What libjpeg would make up is no example to learn from. Stray bytes between two parts of a file do no harm.
void JpegReader::warn(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code != JWRN_EXTRANEOUS_DATA) stop(info);
}

// Each scan of a progressive file goes over the whole image, and takes a few bytes.
void JpegReader::count_scans(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMostScans) return;
  auto& errors = *reinterpret_cast<Errors*>(info->err);
  std::snprintf(errors.message, sizeof errors.message, "more than %d scans", kMostScans);
  std::longjmp(errors.jump, 1);
}

}  // namespace vib
