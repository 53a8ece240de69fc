#include "vib/core/tensor_file.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/file_size_limit.h"
#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/core/system_error.h"

namespace vib {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

class TensorFile : public testing::Test {
 protected:
  TensorMap saved_and_loaded(const TensorMap& tensors) const {
    save_tensors(path_, tensors);
    return load_tensors(path_);
  }

  /// Quicker than the atomic way, which waits for the disk, as some file systems also do for a file that is cut short.
  void put(const std::string& bytes) const {
    fs::remove(path_);
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  const test::TemporaryFolder temporary_;
  const fs::path path_ = temporary_.path / "weights.pt";
};

void expect_same(const TensorMap& actual, const TensorMap& expected) {
  ASSERT_EQ(actual.keys(), expected.keys());
  for (const auto& item : expected) {
    const auto& tensor = actual[item.key()];
    EXPECT_EQ(tensor.scalar_type(), item.value().scalar_type()) << item.key();
    EXPECT_TRUE(tensor.equal(item.value())) << item.key();
  }
}

/// Every kind of tensor a model or a checkpoint holds.
TensorMap samples() {
  const auto matrix = torch::arange(12, torch::kFloat32).view({3, 4});
  TensorMap tensors;
  tensors.insert("z.weight", matrix);
  tensors.insert("a.weight", matrix.t());
  tensors.insert("row", matrix[1]);
  tensors.insert("column", matrix.select(1, 2));
  tensors.insert("again", matrix);
  tensors.insert("expanded", torch::tensor({1.0f, 2.0f}).expand({3, 2}));
  tensors.insert("double", torch::full({}, 0.1, torch::kFloat64));
  tensors.insert("bfloat16", torch::tensor({1.5f, -2.0f}).to(torch::kBFloat16));
  tensors.insert("half", torch::tensor({1.5f, -2.0f}).to(torch::kFloat16));
  tensors.insert("step", torch::tensor(std::int64_t{1} << 40));
  tensors.insert("state", torch::arange(256).to(torch::kUInt8));
  tensors.insert("flags", torch::tensor({true, false}));
  tensors.insert("empty", torch::empty({0, 3}));
  tensors.insert("", torch::ones({1}));
  tensors.insert("β/größe", torch::ones({2}));
  return tensors;
}

TEST_F(TensorFile, KeepsNamesOrderShapesDtypesAndValues) { expect_same(saved_and_loaded(samples()), samples()); }

TEST_F(TensorFile, KeepsNonFiniteValuesAndSignedZero) {
  const auto values = torch::tensor({INFINITY, -INFINITY, NAN, -0.0f});
  TensorMap tensors;
  tensors.insert("x", values);
  const auto loaded = saved_and_loaded(tensors)["x"];
  EXPECT_TRUE(loaded.view(torch::kInt32).equal(values.view(torch::kInt32)));
}

TEST_F(TensorFile, KeepsMoreNamesThanAByteCounts) {
  TensorMap tensors;
  for (int i = 700; i > 0; --i) tensors.insert("layer." + std::to_string(i), torch::full({2}, i, torch::kFloat32));
  expect_same(saved_and_loaded(tensors), tensors);
}

TEST_F(TensorFile, KeepsAnEmptyMap) { EXPECT_TRUE(saved_and_loaded(TensorMap()).is_empty()); }

TEST_F(TensorFile, WritesAViewWithoutTheStorageBehindIt) {
  TensorMap tensors;
  tensors.insert("view", torch::zeros({1'000'000}).slice(0, 10, 12));
  save_tensors(path_, tensors);
  EXPECT_LT(fs::file_size(path_), 4096u);
}

TEST_F(TensorFile, WritesParametersWithoutTheirGraph) {
  TensorMap tensors;
  tensors.insert("weight", torch::ones({2}, torch::requires_grad()) * 2);
  const auto loaded = saved_and_loaded(tensors)["weight"];
  EXPECT_FALSE(loaded.requires_grad());
  EXPECT_TRUE(loaded.equal(torch::full({2}, 2.0f)));
}

TEST_F(TensorFile, LoadsTensorsThatShareNothing) {
  auto loaded = saved_and_loaded(samples());
  loaded["z.weight"].zero_();
  EXPECT_TRUE(loaded["again"].equal(samples()["again"]));
}

TEST_F(TensorFile, RefusesEveryTruncation) {
  save_tensors(path_, samples());
  const std::string whole = read_file(path_);
  for (std::size_t length = 0; length < whole.size(); length += length < whole.size() - 200 ? 37 : 1) {
    put(whole.substr(0, length));
    EXPECT_THROW(load_tensors(path_), StateError) << length << " of " << whole.size() << " bytes";
  }
}

TEST_F(TensorFile, RefusesOrOutlivesAnyFlippedBit) {
  save_tensors(path_, samples());
  const std::string whole = read_file(path_);
  int refused = 0;
  int tried = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; bit += 11) {
    std::string flipped = whole;
    flipped[bit / 8] ^= static_cast<char>(1 << bit % 8);
    put(flipped);
    ++tried;
    // A flip in the padding or in a date changes no tensor, and may be read; one that does must be refused.
    try {
      expect_same(load_tensors(path_), samples());
    } catch (const StateError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, tried / 5);
}

TEST_F(TensorFile, RefusesAFlippedBitInATensor) {
  TensorMap tensors;
  tensors.insert("x", torch::full({64}, 0x3C, torch::kUInt8));
  save_tensors(path_, tensors);
  std::string bytes = read_file(path_);
  bytes[bytes.find(std::string(64, 0x3C)) + 20] ^= 4;
  put(bytes);
  EXPECT_THAT([&] { load_tensors(path_); },
              ThrowsMessage<StateError>(AllOf(HasSubstr(path_.string()), HasSubstr("CRC"))));
}

TEST_F(TensorFile, RefusesWhatIsNotATensorFile) {
  for (const std::string content : {"", "PK", "epoch,loss\n1,0.5\n"}) {
    put(content);
    EXPECT_THAT([&] { load_tensors(path_); },
                ThrowsMessage<StateError>(AllOf(HasSubstr(path_.string()), HasSubstr("not a whole tensor file"))))
        << content;
  }
  EXPECT_THROW(load_tensors(path_.parent_path()), StateError);
  EXPECT_THAT([&] { load_tensors("/nowhere/weights.pt"); },
              ThrowsMessage<StateError>(AllOf(HasSubstr("/nowhere/weights.pt"), HasSubstr("No such file"))));
}

TEST_F(TensorFile, NamesThePathItCannotWrite) {
  EXPECT_THAT([&] { save_tensors("/nowhere/weights.pt", samples()); },
              ThrowsMessage<StateError>(HasSubstr("/nowhere/weights.pt")));
}

TEST(CheckSameLayout, AcceptsEqualLayoutsInAnyOrder) {
  TensorMap expected;
  expected.insert("a", torch::ones({2, 3}));
  expected.insert("b", torch::ones({}));
  TensorMap actual;
  actual.insert("b", torch::zeros({}));
  actual.insert("a", torch::zeros({2, 3}));
  EXPECT_NO_THROW(check_same_layout(expected, actual, "weights.pt"));
}

TEST(CheckSameLayout, ListsEveryDifference) {
  TensorMap expected;
  expected.insert("same", torch::ones({2}));
  expected.insert("lost.a", torch::ones({2}));
  expected.insert("lost.b", torch::ones({2}));
  expected.insert("reshaped", torch::ones({2, 3}));
  expected.insert("retyped", torch::ones({2}));
  TensorMap actual;
  actual.insert("same", torch::ones({2}));
  actual.insert("reshaped", torch::ones({3, 2}));
  actual.insert("retyped", torch::ones({2}, torch::kFloat64));
  actual.insert("new", torch::ones({2}));
  EXPECT_THAT([&] { check_same_layout(expected, actual, "weights.pt"); },
              ThrowsMessage<StateError>(AllOf(HasSubstr("weights.pt: "), HasSubstr("\"lost.a\" is missing"),
                                              HasSubstr("\"lost.b\" is missing"),
                                              HasSubstr("\"reshaped\" is Float[3, 2], expected Float[2, 3]"),
                                              HasSubstr("\"retyped\" is Double[2], expected Float[2]"),
                                              HasSubstr("\"new\" is unexpected"), Not(HasSubstr("\"same\"")))));
}

// The archive's writer ends the program where it learns of a failure.
TEST_F(TensorFile, KeepsTheOldFileWhereThereIsNoRoomForTheNewOne) {
  TensorMap tensors;
  tensors.insert("x", torch::ones({1000}));
  save_tensors(path_, tensors);
  tensors.insert("y", torch::ones({100'000}));
  {
    const test::FileSizeLimit limit(100'000);
    EXPECT_THROW(save_tensors(path_, tensors), NoSpaceError);
  }
  EXPECT_EQ(load_tensors(path_).size(), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(temporary_.path), fs::directory_iterator()), 1) << "no temporary";
}

}  // namespace
}  // namespace vib
