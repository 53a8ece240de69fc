#include "vib/core/protobuf.h"

#include <bit>

#include "vib/core/little_endian.h"

namespace vib {
namespace {

// The wire types: how long a field is that a reader does not know.
constexpr std::uint32_t kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5;

void append_varint(std::string& bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  bytes += static_cast<char>(value);
}

void append_key(std::string& bytes, std::uint32_t field, std::uint32_t wire_type) {
  append_varint(bytes, (std::uint64_t{field} << 3) | wire_type);
}

}  // namespace

ProtobufMessage& ProtobufMessage::integer(std::uint32_t field, std::int64_t value) {
  append_key(bytes_, field, kVarint);
  append_varint(bytes_, static_cast<std::uint64_t>(value));
  return *this;
}

ProtobufMessage& ProtobufMessage::float32(std::uint32_t field, float value) {
  append_key(bytes_, field, kFixed32);
  append_little_endian(bytes_, std::bit_cast<std::uint32_t>(value));
  return *this;
}

ProtobufMessage& ProtobufMessage::float64(std::uint32_t field, double value) {
  append_key(bytes_, field, kFixed64);
  append_little_endian(bytes_, std::bit_cast<std::uint64_t>(value));
  return *this;
}

ProtobufMessage& ProtobufMessage::string(std::uint32_t field, std::string_view value) {
  append_key(bytes_, field, kLengthDelimited);
  append_varint(bytes_, value.size());
  bytes_ += value;
  return *this;
}

ProtobufMessage& ProtobufMessage::message(std::uint32_t field, const ProtobufMessage& value) {
  return string(field, value.bytes_);
}

}  // namespace vib
