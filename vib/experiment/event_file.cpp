#include "vib/experiment/event_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <system_error>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/little_endian.h"
#include "vib/core/protobuf.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

// TensorBoard reads what has "tfevents" in its name; the ending says whose file it is.
constexpr std::string_view kPrefix = "events.out.tfevents.", kSuffix = ".vib";

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  std::string host = name.data();
  std::ranges::replace(host, '/', '_');
  return host;
}

bool is_ours(const fs::path& file) {
  const auto name = file.filename().string();
  return name.starts_with(kPrefix) && name.ends_with(kSuffix);
}

/// The file that is there, or what a new one is called: TensorFlow's rule, with the number of writers of this process
/// before (none) behind its id.
fs::path event_file_of(const fs::path& folder) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (is_ours(entry.path())) return entry.path();
  return folder / fmt::format("{}{:010.0f}.{}.{}.0{}", kPrefix, now_seconds(), host_name(), ::getpid(), kSuffix);
}

// tensorboard/compat/proto/event.proto and summary.proto: Event{wall_time = 1, step = 2, file_version = 3, summary =
// 5}, Summary{value = 1}, Value{tag = 1, simple_value = 2}.
std::string encode(const ScalarEvent& event, double wall_time) {
  ProtobufMessage summary;
  for (const auto& [tag, value] : event.scalars)
    summary.message(1, ProtobufMessage().string(1, tag).float32(2, static_cast<float>(value)));
  return ProtobufMessage().float64(1, wall_time).integer(2, event.step).message(5, summary).bytes();
}

/// Record `i` of a file of `events`: 0 says what kind of file it is.
std::string record(const std::vector<ScalarEvent>& events, std::size_t i, double wall_time) {
  if (i == 0) return tf_record(ProtobufMessage().float64(1, wall_time).string(3, "brain.Event:2").bytes());
  return tf_record(encode(events[i - 1], wall_time));
}

/// The time in the record at `begin`; anything where there is no whole one, which then differs from the right record.
double wall_time_at(std::string_view file, std::size_t begin) {
  constexpr std::size_t kOffset = 8 + 4 + 1;  // length, its checksum, the field's key
  if (file.size() < begin + kOffset + 8) return 0;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i)
    bits |= std::uint64_t{static_cast<unsigned char>(file[begin + kOffset + i])} << (8 * i);
  return std::bit_cast<double>(bits);
}

// Entry b: what a byte b does to the checksum, eight steps of the division by the polynomial with its bits reversed.
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    table[b] = b;
    for (int bit = 0; bit < 8; ++bit) table[b] = (table[b] >> 1) ^ ((table[b] & 1) != 0 ? 0x82F63B78 : 0);
  }
  return table;
}();

// A checksum of bytes that hold checksums themselves is weak, so TensorFlow stores them rotated and shifted.
std::uint32_t masked_crc32c(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8; }

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const auto byte : bytes) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFF];
  return ~crc;
}

std::string tf_record(std::string_view data) {
  std::string length;
  append_little_endian(length, std::uint64_t{data.size()});
  std::string record = length;
  append_little_endian(record, masked_crc32c(length));
  record += data;
  append_little_endian(record, masked_crc32c(data));
  return record;
}

void write_event_file(const fs::path& folder, const std::vector<ScalarEvent>& events) {
  const auto path = event_file_of(folder);
  const auto file = fs::exists(path) ? read_file(path) : std::string();
  std::size_t end = 0, i = 0;
  for (; i <= events.size(); ++i) {
    const auto expected = record(events, i, wall_time_at(file, end));
    if (!std::string_view(file).substr(end).starts_with(expected)) break;
    end += expected.size();
  }
  if (end < file.size()) cut_file(path, end);
  std::string missing;
  for (const auto now = now_seconds(); i <= events.size(); ++i) missing += record(events, i, now);
  if (!missing.empty()) append_to_file(path, missing);
}

}  // namespace vib
