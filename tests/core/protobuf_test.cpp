#include "vib/core/protobuf.h"

#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vib {
namespace {

std::string hex(const ProtobufMessage& message) {
  std::string digits;
  for (const auto byte : message.bytes())
    digits += fmt::format("{}{:02x}", digits.empty() ? "" : " ", static_cast<unsigned char>(byte));
  return digits;
}

// From protobuf.dev/programming-guides/encoding, but for the two of floating point, which are IEEE 754's.

TEST(Protobuf, WritesIntegersSevenBitsAByte) {
  EXPECT_EQ(hex(ProtobufMessage().integer(1, 150)), "08 96 01");
  EXPECT_EQ(hex(ProtobufMessage().integer(1, 0)), "08 00");
  EXPECT_EQ(hex(ProtobufMessage().integer(1, 127)), "08 7f");
  EXPECT_EQ(hex(ProtobufMessage().integer(1, 128)), "08 80 01");
}

TEST(Protobuf, WritesIntegersBelowZeroInTenBytes) {
  EXPECT_EQ(hex(ProtobufMessage().integer(1, -2)), "08 fe ff ff ff ff ff ff ff ff 01");
  EXPECT_EQ(hex(ProtobufMessage().integer(1, std::numeric_limits<std::int64_t>::min())),
            "08 80 80 80 80 80 80 80 80 80 01");
}

TEST(Protobuf, WritesFloatingPointNumbersLittleEndian) {
  EXPECT_EQ(hex(ProtobufMessage().float32(2, 1.0F)), "15 00 00 80 3f");
  EXPECT_EQ(hex(ProtobufMessage().float64(1, -2.0)), "09 00 00 00 00 00 00 00 c0");
}

TEST(Protobuf, WritesStringsAndMessagesBehindTheirLength) {
  EXPECT_EQ(hex(ProtobufMessage().string(2, "testing")), "12 07 74 65 73 74 69 6e 67");
  EXPECT_EQ(hex(ProtobufMessage().string(2, "")), "12 00");
  EXPECT_EQ(hex(ProtobufMessage().message(3, ProtobufMessage().integer(1, 150))), "1a 03 08 96 01");
  EXPECT_EQ(ProtobufMessage().string(1, std::string(300, 'x')).bytes(), "\x0a\xac\x02" + std::string(300, 'x'));
}

TEST(Protobuf, NumbersFieldsBeyondFifteenInTwoBytes) { EXPECT_EQ(hex(ProtobufMessage().integer(16, 1)), "80 01 01"); }

TEST(Protobuf, KeepsTheOrderOfTheCalls) {
  EXPECT_EQ(hex(ProtobufMessage().integer(2, 1).integer(1, 2)), "10 01 08 02");
}

}  // namespace
}  // namespace vib
