#include "vib/experiment/data_description.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Of a table with a numeric column and one of two categories, for two classes.
DataDescription of_a_table() {
  DataDescription d;
  d.shape = {3};
  d.mean = torch::zeros({3});
  d.scale = torch::ones({3});
  d.classes = 2;
  d.class_names = {"no", "yes"};
  d.files = {{"table.csv", 100, std::string(64, 'a')}};
  d.table.inputs = {{.name = "size", .categories = {}},
                    {.name = "colour", .numeric = false, .categories = {"blue", "red"}}};
  d.table.targets = {"answer"};
  d.table.classes = {"no", "yes"};
  return d;
}

DataDescription of_values() {
  DataDescription d;
  d.shape = {2, 4};
  d.values = 2;
  d.target_names = {"x", "y"};
  d.target_mean = torch::zeros({2}, torch::kFloat64);
  d.target_scale = torch::ones({2}, torch::kFloat64);
  return d;
}

class DataJson : public testing::Test {
 protected:
  DataDescription read(const std::string& text) const {
    std::ofstream(file_) << text;
    return read_data_description(file_);
  }
  DataDescription read(const Json& json) const { return read(json.dump()); }

  /// `description` with a value put to `place` ("/table/separator") is refused by its name.
  void expect_refused(const DataDescription& description, const std::string& place, const Json& value,
                      const std::string& reason) const {
    auto json = to_json(description);
    json[Json::json_pointer(place)] = value;
    EXPECT_THAT([&] { read(json); }, ThrowsMessage<StateError>(AllOf(
                                         HasSubstr(file_.string() + ": " + reason),
                                         HasSubstr(": the description of the run's data is damaged; train again"))))
        << place << " " << value;
  }

  const test::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path / "data.json";
};

TEST_F(DataJson, IsReadAsItWasWritten) {
  for (const auto& description : {of_a_table(), of_values()}) {
    const auto json = to_json(description);
    EXPECT_EQ(to_json(read(json)).dump(), json.dump());
  }
}

TEST_F(DataJson, SizesAndCountsMustBePossible) {
  const auto values = of_values(), table = of_a_table();
  expect_refused(values, "/shape", {1'000'000'000},
                 "shape[0] must be a whole number from 0 to 100000000, found 1000000000");
  expect_refused(values, "/shape", {100'000, 100'000}, "shape must be the sizes of at most 100000000 numbers");
  expect_refused(values, "/shape", {-1}, "shape[0] must be");
  expect_refused(values, "/shape", {2.5}, "shape[0] must be");
  expect_refused(values, "/shape", "3", "shape must be a list, found \"3\"");
  expect_refused(values, "/values", -2, "values must be a whole number from 1 to 100000000, found -2");
  expect_refused(values, "/values", 0, "values must be a whole number from 1");
  expect_refused(values, "/values", 3, "target_mean.shape must be one that fits [3], found a list of 1");
  expect_refused(values, "/classes", std::uint64_t{1} << 63, "classes must be a whole number from 0 to 100000000");
  expect_refused(values, "/classes", nullptr, "classes must be a whole number");
  expect_refused(values, "/tokens", -1, "tokens must be");
  expect_refused(values, "/inputs", "tokens", "tokens must be a whole number from 1 to 100000000, found 0");
  expect_refused(values, "/reconstructs", true, "values must be 8, as shape says, found 2");
  expect_refused(values, "/first_label", 1e300, "first_label must be");
  expect_refused(table, "/files/0/bytes", -1, "files[0].bytes must be a whole number from 0 on, found -1");
  expect_refused(table, "/files/0/sha256", 7, "files[0].sha256 must be a text");
  expect_refused(table, "/files", 7, "files must be a list, found 7");
}

TEST_F(DataJson, WordsMustBeKnownAndNamesDiffer) {
  const auto values = of_values(), table = of_a_table();
  expect_refused(values, "/inputs", "images", "inputs must be one of numbers, bytes, tokens, found \"images\"");
  expect_refused(values, "/side", "middle", "side must be one of front, back");
  expect_refused(values, "/target_names", {"x"}, "target_names must be a list of 2, found a list of 1");
  expect_refused(values, "/target_names", {"x", "x"}, "target_names[1] must be another name than those before it");
  expect_refused(table, "/class_names", {"no", "yes", "perhaps"}, "class_names must be a list of 2, found a list of 3");
  expect_refused(table, "/table/missing", "guess", "table.missing must be one of error, drop, mean, found \"guess\"");
  for (const auto* separator : {"", ";;", "\"", "\n"})
    expect_refused(table, "/table/separator", separator,
                   "table.separator must be one character, and neither a quote nor the end of a line, found ");
}

TEST_F(DataJson, MeansAndScalesMustFitAndBeNumbers) {
  const auto values = of_values(), table = of_a_table();
  expect_refused(table, "/mean/shape", {2}, "mean.shape must be one that fits [3], found a list of 1");
  expect_refused(table, "/mean/values", {0, 0}, "mean.values must be a list of 3, found a list of 2");
  expect_refused(table, "/mean/values/1", nullptr, "mean.values[1] must be a number, found null");
  expect_refused(table, "/mean/values/1", 1e300, "mean.values[1] must be a number that float32 can hold, found 1e+300");
  expect_refused(table, "/scale/values/2", 0, "scale.values[2] must be above 0, found 0");
  expect_refused(table, "/scale", nullptr, "scale must be there where mean is, and null where that is, found null");
  expect_refused(values, "/target_scale/values/0", -1, "target_scale.values[0] must be above 0, found -1");
  expect_refused(values, "/low", "dark", "low must be a number, found \"dark\"");
  auto text = to_json(values).dump();
  text.replace(text.find("\"high\":1"), 8, "\"high\":1e999");
  EXPECT_THAT([&] { read(text); }, ThrowsMessage<StateError>(HasSubstr("the number 1e999 is too large")));
}

TEST_F(DataJson, ATableMustMakeTheInputsAndTargets) {
  const auto table = of_a_table();
  expect_refused(table, "/table/inputs/0/fill", "much", "table.inputs[0].fill must be a number, found \"much\"");
  expect_refused(table, "/table/inputs/0/scale", 0, "table.inputs[0].scale must be above 0");
  expect_refused(table, "/table/inputs/1/categories", {"red", "red"},
                 "table.inputs[1].categories[1] must be another name than those before it, found \"red\"");
  expect_refused(table, "/table/inputs/1/categories", {"red"}, "table.inputs must be columns that make 3 numbers");
  expect_refused(table, "/table/inputs/1", 3, "table.inputs[1] must be an object, found 3");
  expect_refused(table, "/table/classes", {"yes", "yes"}, "table.classes[1] must be another name");
  expect_refused(table, "/table/classes", {"yes"}, "table.classes must be a list of 2");
  expect_refused(table, "/table/targets", Json::array(), "table.targets must be a list of 1, found a list of 0");
}

TEST_F(DataJson, NothingThatIsNeededMayBeMissing) {
  const auto whole = to_json(of_a_table());
  for (const auto* key : {"inputs", "shape", "low", "high", "mean", "scale", "reconstructs", "classes", "values",
                          "tokens", "vocabulary", "side", "table"}) {
    auto json = whole;
    json.erase(key);
    EXPECT_THAT([&] { read(json); }, ThrowsMessage<StateError>(HasSubstr(std::string(key) + " is missing"))) << key;
  }
  for (const auto& text : {std::string("[]"), std::string(60000, '[') + std::string(60000, ']'), std::string()})
    EXPECT_THAT([&] { read(text); }, ThrowsMessage<StateError>(HasSubstr(file_.string()))) << text.substr(0, 9);
}

}  // namespace
}  // namespace vib
