#include "vib/data/format/safetensors.h"

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string length_of(std::uint64_t length) {
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes;
}

std::string entry(std::string_view name, std::string_view type, std::string_view shape, int begin, int end) {
  return fmt::format(R"("{}": {{"dtype": "{}", "shape": {}, "data_offsets": [{}, {}]}})", name, type, shape, begin,
                     end);
}

std::string header_of(const std::vector<std::string>& entries) {
  return fmt::format("{{{}}}", fmt::join(entries, ", "));
}

/// Files with 16 bytes of data behind the header.
class Safetensors : public testing::Test {
 protected:
  std::filesystem::path put(const std::string& bytes) const {
    const auto path = folder_.path / "x.safetensors";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::filesystem::path put_header(const std::string& header) const {
    return put(length_of(header.size()) + header + std::string(16, '\1'));
  }
  static void expect_refused(const std::filesystem::path& path, const std::string& reason) {
    EXPECT_THAT([&] { read_safetensors(path); },
                ThrowsMessage<DataError>(AllOf(HasSubstr(path.string()), HasSubstr(reason))));
  }
  void expect_header_refused(const std::string& header, const std::string& reason) const {
    SCOPED_TRACE(header);
    expect_refused(put_header(header), reason);
  }

  const test::TemporaryFolder folder_;
};

TEST_F(Safetensors, ReadsTensorsInTheOrderOfTheData) {
  const auto tensors = read_safetensors(put_header(header_of(
      {entry("b", "U8", "[2, 4]", 8, 16), entry("none", "F32", "[0, 3]", 8, 8), entry("a", "I16", "[4]", 0, 8)})));
  EXPECT_THAT(tensors.keys(), testing::ElementsAre("a", "none", "b"));
  EXPECT_TRUE(tensors["a"].equal(torch::full({4}, 0x0101, torch::kInt16)));
  EXPECT_EQ(tensors["b"].sizes(), torch::IntArrayRef({2, 4}));
  EXPECT_EQ(tensors["none"].sizes(), torch::IntArrayRef({0, 3}));
}

TEST_F(Safetensors, RefusesOffsetsThatOverlapLeaveGapsOrReachBeyondTheEnd) {
  const auto pair = [](int begin, int end) {
    return header_of({entry("a", "U8", "[8]", 0, 8), entry("b", "U8", "[8]", begin, end)});
  };
  EXPECT_EQ(read_safetensors(put_header(pair(8, 16))).size(), 2);
  expect_header_refused(pair(4, 12), "\"b\" begins at byte 4 of the data, expected 8");
  expect_header_refused(pair(0, 8), "begins at byte 0 of the data, expected 8");
  expect_header_refused(pair(9, 17), "\"b\" begins at byte 9");
  expect_header_refused(header_of({entry("a", "U8", "[24]", 0, 24)}), "take 24 bytes, 16 follow");
  expect_header_refused(header_of({entry("a", "U8", "[8]", 0, 8)}), "take 8 bytes, 16 follow");
  expect_header_refused(header_of({entry("a", "U8", "[8]", 16, 8)}), "do not fill");
  expect_header_refused(header_of({entry("a", "U8", "[16]", -16, 0)}), "must be a whole number from 0 on");
}

TEST_F(Safetensors, RefusesShapesAndTypesThatDoNotFillTheirBytes) {
  expect_header_refused(header_of({entry("a", "F33", "[4]", 0, 16)}), "unknown type F33");
  expect_header_refused(header_of({entry("a", "F32", "[5]", 0, 16)}), "do not fill");
  expect_header_refused(header_of({entry("a", "F32", "[-4]", 0, 16)}), "must be a whole number from 0 on");
  expect_header_refused(header_of({entry("a", "F32", "4", 0, 16)}), "shape must be a list, found 4");
  expect_header_refused(header_of({entry("a", "F32", "[4611686018427387904, 4611686018427387904, 16]", 0, 16)}),
                        "do not fill");
  expect_header_refused(header_of({entry("a", "F32", "[18446744073709551615]", 0, 16)}),
                        "must be a whole number from 0 on, found 18446744073709551615");
  expect_header_refused(R"({"a": {"dtype": "F32", "shape": [4]}})", "data_offsets");
  expect_header_refused(R"({"a": 1})", "\"a\"");
  expect_header_refused("[1]", "no JSON object");
  expect_header_refused("{\"a\": ", "not JSON from column 7 on: the text ends");
  expect_header_refused(std::string(60000, '[') + std::string(60000, ']'), "brackets are nested more than 64 deep");
  expect_header_refused("", "not JSON from column 1 on: the text ends");
}

TEST_F(Safetensors, RefusesHeadersLongerThanTheFile) {
  const auto header = header_of({entry("a", "F32", "[4]", 0, 16)});
  const auto whole = length_of(header.size()) + header + std::string(16, '\1');
  for (const auto length : {whole.size() - 7, std::size_t{100'000'001}, std::size_t{1} << 63, ~std::size_t{0}}) {
    expect_refused(put(length_of(length) + whole.substr(8)), "a header of");
  }
  for (std::size_t length = 0; length < whole.size(); ++length) {
    expect_refused(put(whole.substr(0, length)), "not a whole safetensors file");
  }
  EXPECT_EQ(read_safetensors(put(whole)).size(), 1);
}

TEST_F(Safetensors, AreWrittenByteForByteAsTheFormatSays) {
  const auto path = folder_.path / "written.safetensors";
  TensorMap tensors;
  tensors.insert("b", torch::tensor({1, 2, 3}, torch::kUInt8));
  tensors.insert("c", torch::tensor(1.0F));
  tensors.insert("a", torch::tensor({{-1}}, torch::kInt64));
  write_safetensors(path, tensors, {{"unit", "nats"}});
  std::string header =
      R"({"__metadata__":{"unit":"nats"},"a":{"data_offsets":[0,8],"dtype":"I64","shape":[1,1]},)"
      R"("b":{"data_offsets":[12,15],"dtype":"U8","shape":[3]},"c":{"data_offsets":[8,12],"dtype":"F32","shape":[]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  EXPECT_EQ(read_file(path), length_of(header.size()) + header + std::string(8, '\xff') +
                                 std::string({'\0', '\0', '\x80', '\x3f', '\1', '\2', '\3'}));
}

TEST_F(Safetensors, AreReadAsTheyWereWritten) {
  const auto path = folder_.path / "written.safetensors";
  TensorMap tensors;
  for (const auto type : {torch::kFloat32, torch::kFloat64, torch::kFloat16, torch::kBFloat16, torch::kInt32,
                          torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool})
    tensors.insert(fmt::format("{}", static_cast<int>(type)), torch::arange(12).reshape({3, 4}).to(type).t());
  tensors.insert("none", torch::empty({0, 3}));
  write_safetensors(path, tensors);
  const auto again = read_safetensors(path);
  ASSERT_EQ(again.size(), tensors.size());
  for (const auto& item : tensors) {
    EXPECT_EQ(again[item.key()].scalar_type(), item.value().scalar_type());
    EXPECT_TRUE(again[item.key()].equal(item.value())) << item.key();
  }
}

TEST_F(Safetensors, ThatCannotBeWrittenLeaveNothing) {
  TensorMap complex;
  complex.insert("a", torch::zeros({2}, torch::kComplexFloat));
  EXPECT_THROW(write_safetensors(folder_.path / "x", complex), c10::Error);
  EXPECT_THROW(write_safetensors(folder_.path / "none" / "x", TensorMap()), StateError);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path));
}

}  // namespace
}  // namespace vib
