#include "vib/data/sets/table.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <istream>
#include <set>
#include <streambuf>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class TableTest : public testing::Test {
 protected:
  std::filesystem::path put(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path / name, std::ios::binary) << text;
    return folder_.path / name;
  }

  const test::TemporaryFolder folder_;
};

TEST_F(TableTest, ReadsQuotedCellsWithoutTouchingTheFile) {
  const std::string text =
      "\xEF\xBB\xBF"
      "a,\"b \"\"c\"\"\"\r\n\"1,\n2\",\"\"\"\"\r\n\r\n3,\r\n";
  const auto path = put("x.csv", text);
  const auto file = read_csv(path);
  EXPECT_THAT(file.header(), ElementsAre("a", "b \"c\""));
  ASSERT_EQ(file.rows(), 2);
  EXPECT_EQ(file.cell(0, 0), "1,\n2");
  EXPECT_EQ(file.cell(0, 1), "\"");
  EXPECT_EQ(file.cell(1, 1), "");
  EXPECT_EQ(file.line(0), 2);
  EXPECT_EQ(file.line(1), 5);
  EXPECT_EQ(read_file(path), text);
}

TEST_F(TableTest, SaysWhenAnotherSeparatorIsMeant) {
  const auto refused = [&](const std::string& name, const std::string& text, char separator,
                           const std::string& way_out) {
    EXPECT_THAT(
        [&] { read_csv(put(name, text), separator); },
        ThrowsMessage<DataError>(AllOf(HasSubstr(name + ":1: the header is a single cell"), HasSubstr(way_out))));
  };
  refused("a.csv", "x;y\n1,5;2\n", ',',
          "\"x;y\": cells are separated by \",\" here, and these look separated by \";\"");
  refused("a.csv", "x\ty\n", ',', "set separator: \"tab\", or write the file with \",\"");
  refused("a.csv", "x,y\n", ';', "set separator: \",\"");
  refused("a.tsv", "x,y\n", ',', "name the file .csv, or write the file with \"tab\"");
  refused("a.tsv", "x;y\n", ',', "set separator: \";\"");
  EXPECT_EQ(read_csv(put("a.csv", "x y\n1\n")).header().size(), 1u);
  EXPECT_EQ(read_csv(put("a.tsv", "x\ty\n1\t2\n")).header().size(), 2u);
  EXPECT_EQ(read_csv(put("a.tsv", "x;y\n1;2\n"), ';').header().size(), 2u);
}

TEST_F(TableTest, ReadsWhatFollowsATsvAsItWasTrained) {
  auto options = TableOptions(put("train.tsv", "x\ty\n1\ta\n2\tb\n"), {"y"}).test_share(0);
  const auto encoding = load_table(options).encoding;
  EXPECT_EQ(encoding.separator, '\t');
  EXPECT_EQ(read_table(put("new.tsv", "x\ty\n1\ta\n"), encoding).size(), 1);
  const auto commas = load_table(options.train(put("train.csv", "x,y\n1,a\n2,b\n"))).encoding;
  EXPECT_EQ(read_table(put("new.tsv", "x\ty\n1\ta\n"), commas).size(), 1);
}

TEST_F(TableTest, TakesTheUsualWordsForAMissingValueAsMissing) {
  for (const char* word :
       {"", " ", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "Null", "null", "None", "-", " ? "})
    EXPECT_EQ(cell_value(word, usual_missing_words()), "") << word;
  for (const char* word : {"0", "no", "-1", "none of these"}) EXPECT_EQ(cell_value(word, usual_missing_words()), word);
}

TEST_F(TableTest, TakesOnlyTheWordsAskedForAsMissing) {
  std::string text = "x,c,y\n";
  for (const auto& word : usual_missing_words()) text += word + ",u,a\n1, " + word + " ,b\n";
  const auto options = TableOptions(put("x.csv", text + "2,v,a\n3,u,b\n"), {"y"}).missing(Missing::drop).test_share(0);
  EXPECT_EQ(load_table(options).splits.train.size(), 2);
  const auto other = put("other.csv", "x,c,y\n-999,None,a\n1,u,b\n3,-,a\n");
  const auto filled =
      load_table(TableOptions(options).train(other).missing(Missing::mean).missing_words({"-999"}).standardize(false));
  EXPECT_EQ(filled.splits.train.inputs[0][0].item<float>(), 2);
  EXPECT_THAT(filled.encoding.inputs[1].categories, ElementsAre("-", "None", "u"));
  EXPECT_THAT([&] { load_table(TableOptions(options).train(other).missing(Missing::error)); },
              ThrowsMessage<DataError>(
                  AllOf(HasSubstr("other.csv:2: column \"c\""), HasSubstr("\"None\" is one of missing_words"))));
  EXPECT_THAT([&] { load_table(TableOptions(put("y.csv", "x,y\n1,NA\n2,b\n"), {"y"}).test_share(0)); },
              ThrowsMessage<DataError>(HasSubstr("the target is missing: \"NA\" is one of missing_words")));
}

TEST_F(TableTest, RefusesNumbersThatAFewCellsWouldTurnIntoCategories) {
  const auto table = [&](const std::string& cell) {
    std::string text = "x,y\n";
    for (int i = 0; i < 40; ++i) text += fmt::format("{},{}\n", i == 20 ? cell : fmt::format("{}.5", i), i % 2);
    return TableOptions(put("x.csv", text), {"y"}).split(SplitOptions().validation(10));
  };
  for (const auto* cell : {"1.2.3", "\"1,234.5\"", "12 %", "inf", "1e999", "unknown"}) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {  // whichever part the cell is in
      auto options = table(cell);
      options.split().seed(seed);
      EXPECT_THAT([&] { load_table(options); },
                  ThrowsMessage<DataError>(AllOf(HasSubstr("x.csv: column \"x\" holds numbers but for 1 of 40 cells"),
                                                 HasSubstr("in line 22 first"), HasSubstr("categorical: [\"x\"]"))))
          << cell;
    }
  }
  EXPECT_EQ(load_table(table("unknown").missing_words({"unknown"}).missing(Missing::drop)).encoding.width(), 1);
  EXPECT_GT(load_table(table("unknown").categorical({"x"})).encoding.width(), 20);
}

TEST_F(TableTest, RefusesWhatHasNoValues) {
  const auto refused = [&](const std::string& text, Missing missing, const std::string& reason) {
    EXPECT_THAT([&] { load_table(TableOptions(put("x.csv", text), {"y"}).missing(missing).test_share(0)); },
                ThrowsMessage<DataError>(AllOf(HasSubstr("x.csv"), HasSubstr(reason))));
  };
  for (const auto missing : {Missing::error, Missing::drop, Missing::mean})
    refused("x,z,y\n1,,a\n2,?,b\n", missing, "row has a value; fill it in, or train with ignore: [\"z\"]");
  refused("x,z,y\n1,,a\n,2,b\n", Missing::drop, "every row lacks an input or a target");
  refused("x,y\n", Missing::error, "no row follows");
}

TEST_F(TableTest, NamesTheClassesWhereOneIsNew) {
  const auto table = load_table(TableOptions(put("x.csv", "x,y\n1,0.0\n2,1.0\n"), {"y"}).test_share(0));
  EXPECT_THAT([&] { read_table(put("new.csv", "x,y\n1,1\n"), table.encoding); },
              ThrowsMessage<DataError>(HasSubstr("no class \"1\", but \"0.0\", \"1.0\"")));
}

TEST_F(TableTest, KeepsTheDigitsOfLargeInputs) {
  std::string text = "t,y\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("{},{}\n", 1'700'000'000 + i, i % 2);
  const auto options = TableOptions(put("x.csv", text), {"y"}).test_share(0);
  const auto distinct = [](const Table& table) {
    return std::get<0>(at::_unique(table.splits.train.batch_inputs(0, 100))).numel();
  };
  EXPECT_EQ(distinct(load_table(options)), 100);
  const auto plain = load_table(TableOptions(options).standardize(false));
  EXPECT_LT(distinct(plain), 10);
  ASSERT_EQ(plain.summary.warnings.size(), 1u);
}

TEST_F(TableTest, TellsNumbersFromNames) {
  double number = 0;
  for (const auto* text : {"1", "-1.5e3", "+2", ".5", "1e-400", "0"}) EXPECT_TRUE(parse_number(text, number)) << text;
  for (const auto* text : {"", "x", "1 2", "1,5", "0x10", "inf", "-nan", "1e39", "1e400", "++1", "+-1", "1_000"}) {
    EXPECT_FALSE(parse_number(text, number)) << text;
  }
  EXPECT_TRUE(parse_number("1e-400", number));
  EXPECT_EQ(number, 0);
}

TEST_F(TableTest, StandardisesValuesByTheTrainingPart) {
  const auto train = put("train.csv", "x,y\n1,1700000000\n2,1700000001\n3,1700000002\n");
  const auto test = put("test.csv", "x,y\n1,1700000003\n");
  const auto options = TableOptions(train, {"y"}).test(test).target_kind(TargetKind::values);
  const auto splits = load_table(options).splits;
  EXPECT_EQ(splits.train.target_mean.item<double>(), 1700000001);
  EXPECT_EQ(splits.test.targets.item<double>(), 1700000003);
  EXPECT_NEAR(splits.test.batch_targets(0, 1).item<double>(), 2 / std::sqrt(2.0 / 3), 1e-6);
  const auto plain = load_table(TableOptions(options).standardize_targets(false)).splits;
  EXPECT_FALSE(plain.train.target_mean.defined());
}

TEST_F(TableTest, OrdersClassesThatAreNumbersByTheirValue) {
  const auto numbers = put("numbers.csv", "x,y\n1,10\n2,9\n3,-1\n4,9\n");
  EXPECT_THAT(load_table(TableOptions(numbers, {"y"}).test_share(0)).encoding.classes, ElementsAre("-1", "9", "10"));
  const auto names = put("names.csv", "x,y\n1,10\n2,9\n3,b\n4,9\n");
  const auto table = load_table(TableOptions(names, {"y"}).test_share(0));
  EXPECT_THAT(table.encoding.classes, ElementsAre("10", "9", "b"));
  EXPECT_TRUE(table.splits.train.targets.equal(torch::tensor({0, 1, 2, 1}, torch::kInt64)));
  EXPECT_EQ(table.splits.train.classes, 3);
}

TEST_F(TableTest, LearnsFromTheTrainingPartAlone) {
  // Validation and test are told apart by values that training rows do not have.
  std::string text = "id,x,c,y\n";
  for (int i = 0; i < 40; ++i) {
    text +=
        std::to_string(i) + "," + std::to_string(i * i) + ",c" + std::to_string(i) + "," + std::to_string(i % 2) + "\n";
  }
  const auto path = put("x.csv", text);
  const auto table = load_table(TableOptions(path, {"y"}).split(SplitOptions().validation(10)));
  const auto& train = table.splits.train.inputs;
  ASSERT_EQ(train.size(0), 22);
  EXPECT_TRUE(train.narrow(1, 0, 2).mean(0).allclose(torch::zeros({2}), 0, 1e-6));
  EXPECT_TRUE(train.narrow(1, 0, 2).square().mean(0).allclose(torch::ones({2}), 0, 1e-5));
  EXPECT_EQ(table.encoding.inputs[2].categories.size(), 22u);
  EXPECT_EQ(table.splits.validation.inputs.narrow(1, 2, 22).abs().max().item<float>(), 0) << "never seen: zeros";
  EXPECT_EQ(table.splits.test.size(), 8);
  EXPECT_TRUE(load_table(TableOptions(path, {"y"}).split(SplitOptions().validation(10)))
                  .splits.test.inputs.equal(table.splits.test.inputs));
}

TEST_F(TableTest, EncodesAnotherFileByAPlainCopyOfTheEncoding) {
  TableEncoding encoding;
  encoding.inputs = {{.name = "a", .numeric = true, .fill = 3, .mean = 3, .scale = 2, .categories = {}},
                     {.name = "b", .numeric = false, .fill = 0, .mean = 0, .scale = 1, .categories = {"", "u", "v"}}};
  encoding.separator = ';';
  encoding.missing = Missing::mean;
  const auto path = put("x.csv", "b;extra;a\nv;?;7\n ? ;;NA\nw;;3\n");
  const auto expected = torch::tensor({{2.0f, 0.0f, 0.0f, 1.0f}, {0.0f, 1.0f, 0.0f, 0.0f}, {0.0f, 0.0f, 0.0f, 0.0f}});
  EXPECT_TRUE(encode_inputs(encoding, path).equal(expected)) << encode_inputs(encoding, path);
  encoding.missing = Missing::drop;
  EXPECT_THAT([&] { encode_inputs(encoding, path); },
              ThrowsMessage<DataError>(AllOf(HasSubstr(path.string() + ":3: column \"a\""), HasSubstr("missing"))));
}

/// The column `y` says which row it is, so that parts can be told apart.
std::vector<double> rows_in(const Dataset& part) {
  const auto y = part.targets.to(torch::kFloat64).contiguous();
  return {y.const_data_ptr<double>(), y.const_data_ptr<double>() + y.numel()};
}

TEST_F(TableTest, KeepsGroupsTogetherAndOutOfTheInputs) {
  std::string text = "patient,x,y\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("p{},{},{}\n", i % 12, i * i, i);
  const auto options = TableOptions(put("x.csv", text), {"y"}).target_kind(TargetKind::values).group("patient");
  const auto table = load_table(TableOptions(options).split(SplitOptions().validation(10)).test_share(0.25));
  EXPECT_EQ(table.encoding.inputs.size(), 1u);
  std::vector<std::set<int>> patients;
  for (const auto* part : {&table.splits.train, &table.splits.validation, &table.splits.test}) {
    auto& own = patients.emplace_back();
    for (const auto row : rows_in(*part)) own.insert(static_cast<int>(row) % 12);
  }
  EXPECT_EQ(patients[0].size() + patients[1].size() + patients[2].size(), 12u);
  EXPECT_EQ(patients[1].size(), 2u);
  EXPECT_EQ(patients[2].size(), 3u);
}

TEST_F(TableTest, WeighsRowsByAColumnThatIsNoInput) {
  const auto path = put("x.csv", "x,n,y\n1,2,0\n2,0.5,1\n3,0,1\n");
  const auto table = load_table(TableOptions(path, {"y"}).weight("n").test_share(0));
  EXPECT_EQ(table.encoding.inputs.size(), 1u);
  EXPECT_TRUE(table.splits.train.weights.equal(torch::tensor({2.0f, 0.5f, 0.0f})));
  EXPECT_EQ(table.splits.train.total_weight(), 2.5);
  EXPECT_NEAR(*table.splits.train.label_entropy(), 0.8 * std::log(1 / 0.8) + 0.2 * std::log(1 / 0.2), 1e-9);
  const auto bad = put("bad.csv", "x,n,y\n1,-2,0\n2,1,1\n");
  EXPECT_THAT([&] { load_table(TableOptions(bad, {"y"}).weight("n").test_share(0)); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("bad.csv:2: column \"n\""), HasSubstr("a number from 0"))));
}

TEST_F(TableTest, DropsMissingTargetsWhileMissingInputsAreFilledIn) {
  const auto path = put("x.csv", "x,y\n1,0\n,1\n3,\n5,1\n");
  const auto options = TableOptions(path, {"y"}).missing(Missing::mean).test_share(0).standardize(false);
  EXPECT_THAT([&] { load_table(options); },
              ThrowsMessage<DataError>(AllOf(HasSubstr("x.csv:4"), HasSubstr("drop_missing_targets"))));
  const auto train = load_table(TableOptions(options).drop_missing_targets(true)).splits.train;
  EXPECT_TRUE(train.inputs.equal(torch::tensor({{1.0f}, {3.0f}, {5.0f}}))) << train.inputs;
}

TEST_F(TableTest, IsEncodedAsBeforeWithoutAFit) {
  const auto path = put("x.csv", "x,c,y\n1,a,0\n2,b,1\n3,a,1\n");
  const auto options = TableOptions(path, {"y"}).test_share(0);
  auto encoding = load_table(options).encoding;
  encoding.inputs[0].mean = 10;
  encoding.inputs[0].scale = 2;
  encoding.classes = {"1", "0"};
  const auto table = load_table(options, encoding);
  EXPECT_EQ(table.splits.train.inputs[2][0].item<float>(), -3.5f);
  EXPECT_TRUE(table.splits.train.targets.equal(torch::tensor({1, 0, 0}, torch::kInt64)));
  const auto other = read_table(put("y.csv", "y,c,x\n1,b,14\n"), encoding);
  EXPECT_TRUE(other.inputs.equal(torch::tensor({{2.0f, 0.0f, 1.0f}})));
  EXPECT_EQ(other.targets.item<std::int64_t>(), 0);
}

TEST_F(TableTest, TakesTimeInProportionToTheColumns) {
  const auto cpu_time = [&](int columns) {
    std::string header = "y";
    for (int i = 0; i < columns; ++i) header += fmt::format(",measurement_{}", i);
    std::string text = header + "\n";
    for (int row = 0; row < 4; ++row) {
      text += row % 2 == 0 ? "a" : "b";
      for (int i = 0; i < columns; ++i) text += row % 3 == 0 ? ",1" : ",2";
      text += "\n";
    }
    const auto path = put("x.csv", text);
    const auto begun = std::clock();
    const auto table = load_table(TableOptions(path, {"y"}).test_share(0).split(SplitOptions().validation(0)));
    EXPECT_EQ(table.encoding.width(), columns);
    return static_cast<double>(std::clock() - begun);
  };
  cpu_time(100);  // what is done once
  EXPECT_LT(cpu_time(16'000), 20 * cpu_time(2'000)) << "8 times the columns";
}

// As a stream has no end that could be looked for.
TEST_F(TableTest, RefusesARowWithoutEndBeforeItTakesAllMemory) {
  class Endless : public std::streambuf {
   public:
    std::size_t given = 0;

   protected:
    std::streamsize xsgetn(char* to, std::streamsize count) override {
      std::fill_n(to, count, 'x');
      if (given == 0) std::copy_n("a\n1\n\"", 5, to);
      given += static_cast<std::size_t>(count);
      return given < std::size_t{1} << 27 ? count : 0;
    }
  } endless;
  std::istream in(&endless);
  CsvBlocks blocks(in, "x.csv");
  EXPECT_EQ(blocks.next()->rows(), 1);
  EXPECT_THAT([&] { blocks.next(); },
              ThrowsMessage<DataError>("x.csv:3: a row of more than 64 MiB; is a quote (\") in it never closed?"));
  EXPECT_LT(endless.given, (std::size_t{1} << 26) + (1 << 20));
}

TEST_F(TableTest, RefusesOptionsThatContradictTheFile) {
  const auto path = put("x.csv", "a,b,y\n1,2,0\n3,4,1\n");
  const auto expect_refused = [&](const TableOptions& options, const std::string& reason) {
    EXPECT_THAT([&] { load_table(options); },
                ThrowsMessage<DataError>(AllOf(HasSubstr(path.string()), HasSubstr(reason))));
  };
  const TableOptions options(path, {"y"});
  expect_refused(TableOptions(path, {}), "expected the name of a column");
  expect_refused(TableOptions(path, {"a", "y"}), "expected one column of classes");
  expect_refused(TableOptions(path, {"z"}), "its header names \"a\", \"b\", \"y\"");
  expect_refused(TableOptions(options).numeric({"a"}).categorical({"a"}), "cannot be numeric and categorical");
  expect_refused(TableOptions(options).test_share(1), "share of rows");
  expect_refused(TableOptions(options).test_share(NAN), "share of rows");
  expect_refused(TableOptions(options).split(SplitOptions().validation(2)), "leave one to train on");
  expect_refused(TableOptions(options).ignore({"a", "b"}), "no column is left");
}

}  // namespace
}  // namespace vib
