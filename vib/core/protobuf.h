#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vib {

/// A message in protobuf's wire format, field after field in the order of the calls. It knows the format and no schema:
/// a field's number and type are the caller's, from the message's .proto.
///
///     ProtobufMessage value, summary;
///     value.string(1, "rate_bits/train").float32(2, 0.5F);
///     summary.message(1, value);
///     summary.bytes();  // what a reader parses
///
/// A repeated field is one call per element, a field that is not written has its default.
class ProtobufMessage {
 public:
  /// int32, int64, uint32, uint64, bool and enumerations: 7 bits a byte, lowest first; below 0 in ten bytes.
  ProtobufMessage& integer(std::uint32_t field, std::int64_t value);
  /// float and double, fixed32 and fixed64 alike: little-endian.
  ProtobufMessage& float32(std::uint32_t field, float value);
  ProtobufMessage& float64(std::uint32_t field, double value);
  /// string and bytes: the length, then these.
  ProtobufMessage& string(std::uint32_t field, std::string_view value);
  /// A message within this one.
  ProtobufMessage& message(std::uint32_t field, const ProtobufMessage& value);

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace vib
