#include "vib/data/format/idx.h"

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, /*windowBits=*/15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string header(const std::vector<std::uint32_t>& shape) {
  std::string bytes{0, 0, 8, static_cast<char>(shape.size())};
  for (const auto size : shape) {
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(size >> shift);
  }
  return bytes;
}

std::string counting(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i);
  return bytes;
}

class Idx : public testing::Test {
 protected:
  fs::path put(const std::string& name, const std::string& bytes) const {
    fs::remove(folder_ / name);
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  /// Both as it is and compressed, `bytes` must be refused with a message that names the file and says `reason`.
  void expect_refused(const std::string& bytes, const std::string& reason) const {
    for (const auto& path : {put("plain", bytes), put("packed.gz", gzip(bytes))}) {
      EXPECT_THAT([&] { read_idx(path); },
                  ThrowsMessage<DataError>(AllOf(HasSubstr(path.string()), HasSubstr(reason))));
    }
  }

  const test::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path;
};

TEST_F(Idx, ReadsAnyRankRowMajor) {
  const std::vector<std::vector<std::uint32_t>> shapes = {{24}, {4, 6}, {2, 3, 4}, {2, 1, 3, 2, 2}};
  for (const auto& shape : shapes) {
    const auto tensor = read_idx(put("file", header(shape) + counting(24)));
    EXPECT_EQ(tensor.scalar_type(), torch::kUInt8);
    EXPECT_EQ(tensor.sizes().vec(), std::vector<std::int64_t>(shape.begin(), shape.end()));
    EXPECT_TRUE(tensor.flatten().equal(torch::arange(24).to(torch::kUInt8)));
  }
}

TEST_F(Idx, ReadsSizesAsBigEndian) {
  EXPECT_EQ(read_idx(put("file", header({0x0102}) + counting(0x0102))).size(0), 0x0102);
}

TEST_F(Idx, ReadsCompressedFiles) {
  const auto tensor = read_idx(put("file.gz", gzip(header({1000, 256}) + counting(256'000))));
  EXPECT_TRUE(tensor.equal(torch::arange(256).to(torch::kUInt8).expand({1000, 256})));
}

TEST_F(Idx, ReadsTheBestThatCompressionCanDo) {
  EXPECT_EQ(read_idx(put("file.gz", gzip(header({4000, 4000}) + std::string(16'000'000, '\7')))).min().item<int>(), 7);
}

TEST_F(Idx, FindsTheCompressedFileByThePlainName) {
  put("file.gz", gzip(header({3}) + "abc"));
  EXPECT_EQ(read_idx(folder_ / "file")[2].item<int>(), 'c');
  put("file", header({2}) + "xy");
  EXPECT_EQ(read_idx(folder_ / "file")[1].item<int>(), 'y') << "the plain file comes first";
}

TEST_F(Idx, ReadsAnEmptyArray) { EXPECT_EQ(read_idx(put("file", header({0, 28, 28}))).numel(), 0); }

TEST_F(Idx, RefusesAMissingFile) {
  EXPECT_THAT([&] { read_idx(folder_ / "nothing"); },
              ThrowsMessage<DataError>(AllOf(HasSubstr((folder_ / "nothing").string()), HasSubstr("no such file"))));
}

TEST_F(Idx, RefusesAFolder) {
  EXPECT_THAT([&] { read_idx(folder_); }, ThrowsMessage<DataError>(HasSubstr("found a folder")));
}

TEST_F(Idx, RefusesAnEmptyFile) {
  expect_refused("", "found a file of 0 bytes");
  EXPECT_THROW(read_idx(put("empty.gz", "")), DataError);
}

TEST_F(Idx, RefusesAnotherMagicNumber) {
  expect_refused(std::string("\0\0\x0D\1\0\0\0\1\0\0\0\0", 12), "found 00 00 0d 01");
  expect_refused("<!DOCTYPE html><title>404</title>", "found 3c 21 44 4f");
  expect_refused(std::string("\0\0\x08\0", 4), "found 00 00 08 00");
}

TEST_F(Idx, RefusesATruncatedFile) {
  const auto whole = header({2, 3}) + counting(6);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    expect_refused(whole.substr(0, length), length < 4 ? "IDX header" : length < 12 ? "truncated" : "6");
  }
}

TEST_F(Idx, RefusesTrailingBytes) {
  expect_refused(header({2, 3}) + counting(7), "expected 6 bytes (2 x 3), found more");
}

TEST_F(Idx, RefusesAbsurdSizesWithoutAllocatingThem) {
  expect_refused(header({0xFFFFFFFF}) + counting(9), "4294967295");
  expect_refused(header({0x80000000, 0x40000000, 2}) + counting(9), "more than a file of");
}

TEST_F(Idx, RefusesSizesThatNoArrayCanHave) {
  const auto most = std::numeric_limits<std::uint32_t>::max();
  expect_refused(header({0, most, most}), "(0 x 4294967295 x 4294967295)");
  expect_refused(header({0x80000000, 0x80000000, 4}) + counting(9), "(2147483648 x 2147483648 x 4)");
  expect_refused(header(std::vector<std::uint32_t>(255, 1)) + '\0', "255 dimensions");
}

TEST_F(Idx, RefusesEveryTruncationOfACompressedFile) {
  const auto packed = gzip(header({40, 7}) + counting(280));
  for (std::size_t length = 0; length < packed.size(); ++length) {
    EXPECT_THROW(read_idx(put("file.gz", packed.substr(0, length))), DataError) << length << " of " << packed.size();
  }
}

TEST_F(Idx, RefusesOrOutlivesAnyFlippedBitInACompressedFile) {
  const auto plain = counting(280);
  const auto packed = gzip(header({40, 7}) + plain);
  int refused = 0;
  int tried = 0;
  for (std::size_t bit = 0; bit < packed.size() * 8; bit += 3, ++tried) {
    std::string flipped = packed;
    flipped[bit / 8] ^= static_cast<char>(1 << bit % 8);
    const auto path = put("file.gz", flipped);
    // A few bits carry nothing (the date, the filling of the last byte); the others must be noticed.
    try {
      const auto tensor = read_idx(path);
      EXPECT_EQ(std::string(static_cast<const char*>(tensor.const_data_ptr()), 280), plain) << "bit " << bit;
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, tried * 9 / 10);
}

}  // namespace
}  // namespace vib
