#include "vib/data/format/npy.h"

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/data/format/mapped_file.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kMatrix = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

class Npy : public testing::Test {
 protected:
  std::filesystem::path put(std::string header, const std::string& data) const {
    header.append(63 - (10 + header.size()) % 64, ' ');
    header += '\n';
    const std::string length{static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
    const auto path = folder_.path / "x.npy";
    std::ofstream(path, std::ios::binary) << std::string("\x93NUMPY\x01\x00", 8) << length << header << data;
    return path;
  }

  /// The bytes of the numbers 0, 1, ... in float32.
  static std::string floats(int count) {
    const auto numbers = torch::arange(count, torch::kFloat32);
    return {static_cast<const char*>(numbers.const_data_ptr()), numbers.nbytes()};
  }

  void expect_refused(const std::string& header, const std::string& reason) const {
    const auto path = put(header, floats(6));
    EXPECT_THAT([&] { read_npy(path); }, ThrowsMessage<DataError>(AllOf(HasSubstr(path.string()), HasSubstr(reason))))
        << header;
  }

  const test::TemporaryFolder folder_;
};

TEST_F(Npy, IsTheMappedFileItself) {
  const auto path = put(kMatrix, floats(6));
  const auto before = read_file(path);
  const auto tensor = read_npy(path);
  EXPECT_TRUE(tensor.equal(torch::arange(6, torch::kFloat32).view({2, 3})));
  EXPECT_EQ(tensor.storage().nbytes(), before.size()) << "a view of the file, no copy";
  tensor.fill_(7);
  EXPECT_EQ(read_file(path), before) << "what is written stays in memory";
  std::filesystem::remove(path);
  EXPECT_EQ(tensor.sum().item<float>(), 42) << "the mapping outlives the name";
}

TEST_F(Npy, ReadsTheKeysInAnyOrderAndSpelling) {
  for (const std::string header : {R"({"shape": (2, 3), "descr": "<f4", "fortran_order": False})",
                                   "{'fortran_order':False,'shape':(2,3),'descr':'=f4'}",
                                   "{ 'descr' : 'f4' , 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , }"}) {
    EXPECT_EQ(read_npy(put(header, floats(6))).sum().item<float>(), 15) << header;
  }
}

TEST_F(Npy, TurnsFortranOrderAround) {
  const auto tensor = read_npy(put("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", floats(6)));
  EXPECT_TRUE(tensor.equal(torch::arange(6, torch::kFloat32).view({3, 2}).t()));
  EXPECT_TRUE(tensor.is_contiguous());
}

TEST_F(Npy, RefusesHeadersThatAreNone) {
  expect_refused("", "header cannot be read");
  expect_refused("{", "header cannot be read");
  expect_refused("{}", "header cannot be read");
  expect_refused("{'descr': '<f4', 'shape': (2, 3)}", "header cannot be read");
  expect_refused("{'descr': '', 'fortran_order': False, 'shape': (6,)}", "header cannot be read");
  expect_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (-6,)}", "header cannot be read");
  expect_refused("{'descr': '<f4', 'fortran_order': maybe, 'shape': (6,)}", "header cannot be read");
  expect_refused("{'descr': '<f4', 'fortran_order': False, 'shape': 6}", "header cannot be read");
  expect_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}", "unknown key 'x'");
  expect_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296)}",
                 "a shape that no tensor can have (4294967296 x 4294967296 x 4294967296): the file is damaged");
  expect_refused("{'descr': '|O', 'fortran_order': False, 'shape': (6,)}", "Python objects");
  expect_refused("{'descr': '<c8', 'fortran_order': False, 'shape': (3,)}", "astype(numpy.float32)");
}

TEST_F(Npy, RefusesShapesThatNoArrayCanHave) {
  expect_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 9223372036854775807)}",
                 "0 x 9223372036854775807 x 9223372036854775807");
  std::string ones;
  for (int i = 0; i < 65; ++i) ones += "1,";
  expect_refused("{'descr': '<f4', 'fortran_order': True, 'shape': (" + ones + ")}", "65 dimensions");
}

TEST(MappedFile, ChecksTheSizesOfWhatItIsAskedFor) {
  EXPECT_EQ(byte_count({2, 3}, 4), 24);
  EXPECT_EQ(byte_count({0, 28, 28}, 4), 0);
  EXPECT_FALSE(byte_count({0, std::int64_t{1} << 61, 4}, 1)) << "LibTorch computes strides of empty tensors, too";
  EXPECT_EQ(byte_count({}, 4), 4);
  EXPECT_FALSE(byte_count({-1}, 4));
  EXPECT_FALSE(byte_count({std::int64_t{1} << 61, 4}, 1));
  const auto bytes = torch::arange(16).to(torch::kUInt8);
  EXPECT_EQ(tensor_at(bytes, 8, {2}, torch::kInt32)[0].item<int>(), 0x0B0A0908);
  EXPECT_EQ(tensor_at(bytes, 1, {2}, torch::kInt32)[1].item<int>(), 0x08070605) << "unaligned";
  EXPECT_THROW(tensor_at(bytes, 12, {2}, torch::kInt32), c10::Error);
  EXPECT_THROW(tensor_at(bytes, -1, {1}, torch::kUInt8), c10::Error);
}

TEST(MappedFile, IsKnownByEveryAddressInIt) {
  const test::TemporaryFolder folder;
  const auto a = folder.path / "a", b = folder.path / "b";
  write_file_atomically(a, std::string(100'000, 'a'));
  write_file_atomically(b, std::string(10, 'b'));
  auto first = map_file(a);
  const auto second = map_file(b);
  const auto* begin = static_cast<const char*>(first.const_data_ptr());
  EXPECT_STREQ(mapped_file_at(begin), a.c_str());
  EXPECT_STREQ(mapped_file_at(begin + 99'999), a.c_str());
  EXPECT_STREQ(mapped_file_at(second.const_data_ptr()), b.c_str());
  EXPECT_EQ(mapped_file_at(&first), nullptr);
  EXPECT_EQ(mapped_file_at(nullptr), nullptr);
  first = torch::Tensor();
  EXPECT_EQ(mapped_file_at(begin), nullptr) << "the mapping is gone";
  const auto third = map_file(a);
  EXPECT_STREQ(mapped_file_at(third.const_data_ptr()), a.c_str());
}

TEST(MappedFile, RefusesWhatIsNoFile) {
  const test::TemporaryFolder folder;
  EXPECT_THAT([&] { map_file(folder.path); }, ThrowsMessage<DataError>(HasSubstr("found a folder")));
  EXPECT_THAT([&] { map_file(folder.path / "x"); }, ThrowsMessage<DataError>(HasSubstr("no such file")));
  EXPECT_THROW(map_file("/dev/null"), DataError);
  std::ofstream(folder.path / "empty").flush();
  EXPECT_EQ(map_file(folder.path / "empty").numel(), 0);
}

}  // namespace
}  // namespace vib
