#include "vib/experiment/inputs.h"

#include <sys/stat.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/format/written_images.h"
#include "tests/temporary_folder.h"
#include "vib/core/error.h"
#include "vib/core/tensor_file.h"
#include "vib/experiment/experiment.h"
#include "vib/experiment/labelled_data.h"

namespace vib {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::StartsWith;

DataDescription takes(DataDescription::Inputs inputs, std::vector<std::int64_t> shape) {
  DataDescription run;
  run.inputs = inputs;
  run.shape = std::move(shape);
  run.tokens = 9;
  run.reconstructs = true;  // no targets are asked for
  return run;
}

DataDescription images() { return takes(DataDescription::Inputs::kBytes, {1, 8, 8}); }
DataDescription numbers() { return takes(DataDescription::Inputs::kNumbers, {3}); }
DataDescription tokens() { return takes(DataDescription::Inputs::kTokens, {3}); }
DataDescription texts() {
  auto run = tokens();
  run.vocabulary = {"good", "bad"};
  return run;
}
DataDescription table() {
  auto run = numbers();
  run.table.inputs.resize(1);
  run.table.inputs[0].name = "a";
  return run;
}

/// A file of each kind, and what it is said to be.
class WrongFile : public testing::Test {
 protected:
  WrongFile() {
    write("x.txt", "good film\n");
    write("x.csv", "b,c\n1,2\n");
    write("renamed.txt", "\x93NUMPY\x01\0"s);
    write("x.idx",
          "\0\0\x08\x01\0\0\0\x03"
          "abc"s);
    write("x.zip", "PK\x03\x04\x14"s);
    write("x.gz", "\x1f\x8b\x08"s);
    write("empty", "");
    test::write_png(folder_.path / "x.png", torch::zeros({8, 8, 3}, torch::kUInt8));
    TensorMap tensors;
    tensors.insert("x", torch::zeros({2, 5, 5}, torch::kFloat16));
    save_tensors(folder_.path / "x.pt", tensors);
    EXPECT_EQ(mkfifo((folder_.path / "pipe").c_str(), 0600), 0);
  }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_.path / name, std::ios::binary) << bytes;
  }

  /// What the run says of the file, without its path; "" where it takes it.
  std::string said(const DataDescription& run, const std::string& name) {
    const auto path = (folder_.path / name).string();
    try {
      read_labelled(run, {path, ""});
    } catch (const DataError& e) {
      EXPECT_THAT(e.what(), StartsWith(path));
      return std::string(e.what()).substr(path.size());
    }
    return "";
  }

  void expect(const DataDescription& run, const std::string& takes, const std::map<std::string, std::string>& files) {
    for (const auto& [name, words] : files)
      EXPECT_THAT(said(run, name), testing::AllOf(StartsWith(words), HasSubstr(takes))) << name;
  }

  test::TemporaryFolder folder_;
};

const std::map<std::string, std::string> kNoText = {
    {"renamed.txt", ": is a NumPy array"}, {"x.idx", ": is an IDX file"}, {"x.zip", ": is a zip archive"},
    {"x.gz", ": is compressed by gzip"},   {"empty", ": is empty"},       {"x.png", ": is a PNG image"},
    {"pipe", ": is a pipe or a device"},   {".", ": is a folder"},        {"nothing", ": no such file"},
};

TEST_F(WrongFile, IsRefusedByARunOfTexts) {
  const auto* takes = "a file in UTF-8 with a text on each line (vib predict: or --text TEXT)";
  expect(texts(), takes, kNoText);
  expect(texts(), takes, {{"x.csv", ": is a table by its name"}, {"x.pt", ": holds numbers (float) [2, 5, 5]"}});
  EXPECT_EQ(said(texts(), "x.txt"), "");
}

TEST_F(WrongFile, IsRefusedByARunOfATable) {
  auto files = kNoText;
  for (const auto* name : {"empty", "pipe", ".", "nothing"}) files.erase(name);  // said by the reader of tables
  files["x.pt"] = ": is a zip archive";
  expect(table(), "expected a table: a CSV file in UTF-8 with a header", files);
  EXPECT_EQ(said(table(), "x.txt"), ": has no column \"a\"; its header names \"good film\"");
}

TEST_F(WrongFile, IsRefusedByARunOfImages) {
  auto files = kNoText;
  for (const auto* name : {"x.idx", "x.gz", "x.png", ".", "nothing"}) files.erase(name);
  files["x.txt"] = files["x.csv"] = ": is text";
  files["x.pt"] = ": holds numbers (float) [2, 5, 5]";
  expect(images(),
         "; this run takes images (IDX, PNG, JPEG, or a folder of the last two) or a tensor of bytes (uint8) [N, 1, 8, "
         "8]: FILE.npy, .npz:NAME, .pt:NAME or .safetensors:NAME",
         files);
  EXPECT_EQ(said(images(), "x.png"), "");
  EXPECT_EQ(said(images(), "x.idx"), ": the run takes inputs of 1 x 8 x 8, these are an array of 3");
}

TEST_F(WrongFile, IsRefusedByARunOfTensors) {
  auto files = kNoText;
  files["x.txt"] = files["x.csv"] = ": is text";
  expect(numbers(), "; this run takes a tensor of numbers (float) [N, 3]: FILE.npy", files);
  expect(tokens(), "; this run takes a tensor of whole numbers (int) [N, 3]: FILE.npy", files);
  expect(tokens(), "; this run takes", {{"x.pt", ": holds numbers (float) [2, 5, 5]"}});
}

TEST(Inputs, OfImagesWithTheirChannelsLastAreRefusedWithAWayOut) {
  try {
    as_inputs(takes(DataDescription::Inputs::kBytes, {3, 8, 8}), torch::zeros({2, 8, 8, 3}, torch::kUInt8), "x.npy");
    ADD_FAILURE();
  } catch (const DataError& e) {
    EXPECT_THAT(e.what(),
                testing::EndsWith("an array of 2 x 8 x 8 x 3; put the channels first: x.transpose(0, 3, 1, 2) "
                                  "in NumPy"));
  }
}

TEST(EvaluationOverrides, AreThoseThatLeaveTheModelAndItsDataAsTheyAre) {
  EXPECT_NO_THROW(check_evaluation_overrides(
      {"evaluate.samples=3", "evaluate.batch_size=7", "device=cpu", "threads=1", "seed=3", "data.root=/tmp"}));
  for (const std::string text : {"data.length=10", "model.encoder.activation=tanh", "precision=bfloat16", "data.seed=1",
                                 "data={root: /tmp}", "evaluate={samples: 3}", "devices=cpu", "x.npy"})
    try {
      check_evaluation_overrides({"threads=1", text});
      ADD_FAILURE() << text;
    } catch (const ConfigError& e) {
      EXPECT_THAT(e.what(), StartsWith(text.substr(0, text.find('=')) + ": is none of what may be changed"));
    }
}

}  // namespace
}  // namespace vib
