#include "vib/core/pickle.h"

#include <stdexcept>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vib {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Written out by hand after the pickle module's own description of its opcodes.
const std::string kBegin = "\x80\x02";
const std::string kStorage =
    "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"
    "7X\3\0\0\0cpuK\6tQ"s;
const std::string kHooks = "ccollections\nOrderedDict\n)R"s;
const std::string kTensor =
    "ctorch._utils\n_rebuild_tensor_v2\n(" + kStorage + "K\1K\2K\3\x86K\3K\1\x86\x89" + kHooks + "tR";
const std::string kName = "X\1\0\0\0a"s;

std::string dict_of(const std::string& value) { return kBegin + "}q\0("s + kName + value + "u."; }

void expect_refused(const std::string& pickle, const std::string& reason) {
  EXPECT_THAT([&] { read_pickle(pickle); }, ThrowsMessage<std::runtime_error>(HasSubstr(reason)));
}

TEST(Pickle, TellsOfTheTensorsOfADict) {
  const auto pickle = dict_of(kTensor);
  const auto tensors = read_pickle(pickle);
  ASSERT_EQ(tensors.size(), 1);
  EXPECT_EQ(tensors[0].name, "a");
  EXPECT_EQ(tensors[0].dtype, torch::kFloat32);
  EXPECT_EQ(tensors[0].part, "7");
  EXPECT_EQ(tensors[0].offset, 1);
  EXPECT_THAT(tensors[0].sizes, ElementsAre(2, 3));
  EXPECT_THAT(tensors[0].strides, ElementsAre(3, 1));
  EXPECT_TRUE(read_pickle(kBegin + "}.").empty());
}

TEST(Pickle, ReadsIntegersOfEveryLength) {
  const auto offset = [](const std::string& integer) {
    auto pickle = dict_of(kTensor);
    pickle.replace(pickle.find("QK\1") + 1, 2, integer);
    return read_pickle(pickle)[0].offset;
  };
  EXPECT_EQ(offset("K\xff"s), 255);
  EXPECT_EQ(offset("M\1\2"s), 513);
  EXPECT_EQ(offset("J\xfe\xff\xff\xff"s), -2);
  EXPECT_EQ(offset("\x8a\0"s), 0);
  EXPECT_EQ(offset("\x8a\1\xff"s), -1);
  EXPECT_EQ(offset("\x8a\5\0\0\0\0\1"s), std::int64_t{1} << 32);
  EXPECT_EQ(offset("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"s), INT64_MAX);
}

TEST(Pickle, RefusesWhatIsNoDictOfTensorsByName) {
  expect_refused(kBegin + "].",
                 "not a plain dict of names to tensors (in Python: torch.save(module.state_dict(), path)): "
                 "the opcode EMPTY_LIST at byte 2 of its pickle belongs to something else");
  expect_refused(kBegin + "cposix\nsystem\n(X\1\0\0\0atR."s, "it refers to \"posix.system\"");
  expect_refused(kBegin + "ctorch\nQInt8Storage\n.", "it refers to \"torch.QInt8Storage\"");
  expect_refused(kBegin + "K\1.", "it holds no dict");
  expect_refused("\x80\x04}.", "it was pickled by protocol 4; leave torch.save at its own, which is 2");
  expect_refused(dict_of("K\1"), "the value of \"a\" is not a tensor");
  expect_refused(dict_of("G\0\0\0\0\0\0\0\0"s), "the value of \"a\" is not a tensor");
  expect_refused(dict_of("}"), "the value of \"a\" is not a tensor");
  expect_refused(kBegin + "}K\1" + kTensor + "s.", "a key of the dict is not a string");
  expect_refused(kBegin + "}" + kName + "K\1sb.", "its pickle is damaged at byte 12: a value is missing");
  expect_refused(kBegin + kHooks + "}X\4\0\0\0more"s + "K\1sb.", "its dict has an attribute \"more\" of its own");
}

TEST(Pickle, RefusesWhatDoesNotHoldTogether) {
  const auto damaged = [](const std::string& pickle, const std::string& what) {
    expect_refused(pickle, "its pickle is damaged at byte");
    expect_refused(pickle, what);
  };
  damaged("", "it needs 1 more bytes, 0 are left");
  damaged("}.", "it does not begin with a protocol");
  damaged(kBegin + "c" + std::string(512, 'a'), "a name that does not end");
  damaged(kBegin + "X\xff\xff\xff\xff" + "a", "it needs 4294967295 more bytes, 1 are left");
  damaged(kBegin + "\x8a\xff", "an integer of 255 bytes");
  damaged(kBegin + "}h\1."s, "nothing was kept as 1");
  damaged(kBegin + "q\1."s, "a value is missing");
  damaged(kBegin + "(q\1."s, "a value is missing");
  damaged(kBegin + "\x85.", "a value is missing");
  damaged(kBegin + "(K\1\x86."s, "a value is missing");
  damaged(kBegin + "K\1t."s, "a mark is missing");
  damaged(kBegin + "}(K\1u."s, "keys and values need a dict");
  damaged(kBegin + "}}.", "it holds several values");
  damaged(kBegin + "}.}", "something follows its end");
  damaged(kBegin + "}(" + kName + kTensor + kName + kTensor + "u.", "\"a\" is there twice");
  damaged(kBegin + "*", "no opcode is 0x2a");
  damaged(kBegin + kHooks + kHooks + "\x85R.", "a value of another kind is expected");
  damaged(kBegin + "ctorch\nFloatStorage\n)R.", "a call of another form");
  std::string many = kTensor;
  many.replace(many.find("K\3K\1\x86"), 5, "K\1\x85"s);
  damaged(dict_of(many), "a tensor with more sizes or more strides");
}

// A dict that holds itself, and tuples deeper than any stack.
TEST(Pickle, DoesNotRecurse) {
  expect_refused(kBegin + "}q\0"s + kName + "h\0s."s, "the value of \"a\" is not a tensor");
  std::string deep = kBegin + ")";
  deep.append(200'000, '\x85');
  expect_refused(deep + ".", "it holds no dict");
}

// One tuple of a million sizes, named a thousand times, would be a thousand times its length.
TEST(Pickle, DoesNotMultiply) {
  std::string sizes = kBegin + "(";
  for (int i = 0; i < 100; ++i) sizes += "K\1";
  sizes += "tq\5";
  auto tensor = kTensor;
  tensor.replace(tensor.find("K\2K\3\x86K\3K\1\x86"), 10, "h\5h\5"s);
  expect_refused(sizes + "}" + kName + tensor + "s.", "a tensor of 100 dimensions");
}

TEST(Pickle, RefusesOrOutlivesAnyChange) {
  const auto whole = dict_of(kTensor);
  int refused = 0;
  const auto attempt = [&](const std::string& changed) {
    try {
      read_pickle(changed);
    } catch (const std::runtime_error&) {
      ++refused;
    }
  };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      auto changed = whole;
      changed[at] = static_cast<char>(byte);
      attempt(changed);
    }
    attempt(whole.substr(0, at));
    attempt(whole.substr(0, at) + whole.substr(at + 1));
    attempt(whole.substr(0, at) + whole.substr(at / 2));
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()) * 200);
}

}  // namespace
}  // namespace vib
