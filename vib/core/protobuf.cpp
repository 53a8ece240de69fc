#include "vib/core/protobuf.h"

#include <bit>

namespace vib {
namespace {

// The wire types: how long a field is that a reader does not know.
constexpr std::uint32_t kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5;

template <typename T>
void append_bytes(std::string& bytes, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
}

void append_varint(std::string& bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  bytes += static_cast<char>(value);
}

void append_key(std::string& bytes, std::uint32_t field, std::uint32_t wire_type) {
  append_varint(bytes, (std::uint64_t{field} << 3) | wire_type);
}

}  // namespace

void append_little_endian(std::string& bytes, std::uint32_t value) { append_bytes(bytes, value); }
void append_little_endian(std::string& bytes, std::uint64_t value) { append_bytes(bytes, value); }

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

ProtobufMessage& ProtobufMessage::packed(std::uint32_t field, std::span<const std::int64_t> values) {
  std::string elements;
  for (const auto value : values) append_varint(elements, static_cast<std::uint64_t>(value));
  return string(field, elements);
}

}  // namespace vib
