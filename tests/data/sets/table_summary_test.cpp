#include "vib/data/sets/table_summary.h"

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"
#include "vib/core/error.h"

namespace vib {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TableSummaryTest : public testing::Test, public test::TemporaryFolder {
 protected:
  /// A table of 40 rows: a number, a class, and a column of `name` with what `cell` gives for the row.
  DataSummary summary(const std::string& name, const std::function<std::string(int)>& cell,
                      TableOptions options = TableOptions("", {"y"})) const {
    std::ofstream file(path / "a.csv");
    file << "x,y," << name << "\n";
    for (int i = 0; i < 40; ++i) file << fmt::format("{},{},{}\n", (i * 7) % 11, i % 2 == 0 ? "a" : "b", cell(i));
    file.close();
    return summarize_table(read_csv(path / "a.csv"), options.train(path / "a.csv"));
  }
  std::string warning(const std::string& name, const std::function<std::string(int)>& cell,
                      const TableOptions& options = TableOptions("", {"y"})) const {
    const auto warnings = summary(name, cell, options).warnings;
    EXPECT_LE(warnings.size(), 1u);
    return warnings.empty() ? "" : warnings.front().text();
  }
  static std::string city(int i) { return i % 3 == 0 ? "Oslo" : "Rome"; }
};

TEST_F(TableSummaryTest, SaysWhatEachColumnIs) {
  const auto found = summary("c", [](int i) { return i == 5 ? "NA" : city(i); });
  ASSERT_EQ(found.columns.size(), 3u);
  const auto& x = found.columns[0];
  EXPECT_EQ(x.kind, "number");
  EXPECT_EQ(x.range, "0 to 10");
  EXPECT_EQ(x.distinct, 11);
  EXPECT_EQ(found.columns[1].kind, "classes");
  EXPECT_EQ(found.columns[1].range, "a 20, b 20");
  EXPECT_THAT(found.classes, ElementsAre("a", "b"));
  const auto& c = found.columns[2];
  EXPECT_EQ(c.kind, "category");
  EXPECT_EQ(c.range, "Oslo, Rome");
  EXPECT_EQ(c.missing, 1);
  EXPECT_THAT(found.warnings, IsEmpty());
  EXPECT_EQ(summary("c", city, TableOptions("", {"y"}).ignore({"c"})).columns[2].kind, "ignored");
}

TEST_F(TableSummaryTest, TellsMeanAndDeviationOfValues) {
  const auto found = summary(
      "v", [](int i) { return fmt::format("{}", i % 2 == 0 ? 1.5 : 2.5); },
      TableOptions("", {"v"}).target_kind(TargetKind::values));
  EXPECT_EQ(found.columns[2].kind, "values");
  EXPECT_EQ(found.columns[2].range, "1.5 to 2.5, mean 2, deviation 0.5");
}

TEST_F(TableSummaryTest, WarnsOfColumnsThatTellRowsApart) {
  EXPECT_THAT(warning("id", [](int i) { return fmt::format("p{}", i * i); }),
              AllOf(HasSubstr("\"id\""), HasSubstr("nearly every row"), HasSubstr("ignore: [\"id\"]")));
  EXPECT_THAT(warning("id", [](int i) { return fmt::format("{}", i + 1); }),
              AllOf(HasSubstr("counts the rows"), HasSubstr("ignore: [\"id\"]")));
  EXPECT_EQ(warning("id", [](int i) { return fmt::format("{}", i == 30 ? 31 : i); }), "");
  EXPECT_EQ(warning(
                "id", [](int i) { return fmt::format("{}", i); }, TableOptions("", {"y"}).ignore({"id"})),
            "");
  EXPECT_EQ(warning(
                "id", [](int i) { return fmt::format("p{}", i); }, TableOptions("", {"y"}).categorical({"id"})),
            "");
}

TEST_F(TableSummaryTest, WarnsOfAColumnWithoutAName) {
  for (const auto* name : {"", "Unnamed: 0"})
    EXPECT_THAT(warning(name, [](int i) { return fmt::format("{}", i); }),
                AllOf(HasSubstr("has no name"), HasSubstr(fmt::format("ignore: [\"{}\"]", name))));
}

TEST_F(TableSummaryTest, WarnsOfAConstantColumn) {
  EXPECT_THAT(warning("c", [](int) { return "7"; }),
              AllOf(HasSubstr("the same value in every row"), HasSubstr("ignore: [\"c\"]")));
}

TEST_F(TableSummaryTest, RefusesNumbersThatAreNotPlainlyWritten) {
  const std::vector<std::function<std::string(int)>> ways = {
      [](int i) { return fmt::format("\"{},5\"", i % 5); }, [](int i) { return fmt::format("\"{},234.5\"", i % 5); },
      [](int i) { return fmt::format("{} %", i % 5); },
      [](int i) { return i % 2 == 0 ? fmt::format("\"{},5\"", i % 5) : "3"; }};
  for (const auto& cell : ways) {
    const auto found = summary("c", cell).warnings;
    ASSERT_EQ(found.size(), 1u) << cell(0);
    EXPECT_TRUE(found[0].refused);
    EXPECT_THAT(found[0].text(), AllOf(HasSubstr("decimal commas"), HasSubstr("in line 2 first")));
    EXPECT_EQ(warning("c", cell, TableOptions("", {"y"}).categorical({"c"})), "");
  }
  for (const auto* cell : {"1.2.3", "10-20", "A1", "%", ","})
    EXPECT_THAT(warning("c", [&](int i) { return fmt::format("\"{}\"", i % 2 == 0 ? cell : "x"); }), "") << cell;
}

TEST_F(TableSummaryTest, WarnsOfSpellings) {
  const auto yes = [](int i) { return std::vector<std::string>{"yes", "Yes", " YES ", "no"}[i % 4]; };
  EXPECT_THAT(warning("c", yes), AllOf(HasSubstr("\"YES\" (10), \"Yes\" (10), \"yes\" (10); write it one way"),
                                       HasSubstr("categorical: [\"c\"] says that they differ")));
  EXPECT_EQ(warning("c", yes, TableOptions("", {"y"}).categorical({"c"})), "");
  EXPECT_THAT(warning("c", yes, TableOptions("", {"c"}).ignore({"y"})),
              AllOf(HasSubstr("classes of \"c\""), HasSubstr("\"YES\" (10), \"Yes\" (10), \"yes\" (10); write")));
  const auto one = [](int i) { return std::vector<std::string>{"1", "01", "1.0", "2"}[i % 4]; };
  TableEncoding encoding;
  encoding.classes = {"01", "1", "1.0", "2"};
  summary("c", one);
  const auto found =
      summarize_table(read_csv(path / "a.csv"), TableOptions(path / "a.csv", {"c"}).ignore({"y"}), &encoding);
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_THAT(found.warnings[0].text(), HasSubstr("\"01\" (10), \"1\" (10), \"1.0\" (10)"));
  EXPECT_THAT(found.parts[0].class_counts, ElementsAre(10, 10, 10, 10));
}

TEST_F(TableSummaryTest, WarnsOfNumbersThatFloat32CannotTellApart) {
  const auto time = [](int i) { return fmt::format("{}", 1'700'000'000 + i * i); };
  EXPECT_EQ(warning("t", time), "");
  EXPECT_THAT(warning("t", time, TableOptions("", {"y"}).standardize(false)),
              AllOf(HasSubstr("column \"t\": numbers from 1700000000 to 1700001521"), HasSubstr("standardize: true")));
}

TEST_F(TableSummaryTest, RefusesNumbersThatAreCategoriesForAFewCells) {
  const auto cell = [](int i) { return i == 7 || i == 9 ? "unknown" : fmt::format("{}", i % 4); };
  EXPECT_THAT(warning("c", cell), AllOf(HasSubstr("numbers but for 2 of 40 cells, \"unknown\" in line 9 first"),
                                        HasSubstr("categorical: [\"c\"]")));
}

TEST_F(TableSummaryTest, WarnsOfNumbersAsClasses) {
  TableOptions options("", {"v"});
  TableEncoding encoding;
  encoding.targets = {"v"};
  const auto warned = [&](const std::function<std::string(int)>& cell) {
    summary("v", cell, options);
    encoding.classes = {"0"};
    const auto warnings = summarize_table(read_csv(path / "a.csv"), options, &encoding).warnings;
    return warnings.empty() ? std::string() : warnings.front().text();
  };
  EXPECT_THAT(warned([](int i) { return fmt::format("{}", i * 3); }),
              AllOf(HasSubstr("40 different numbers"), HasSubstr("targets: values")));
  EXPECT_THAT(warned([](int i) { return i % 2 == 0 ? "0.5" : "1"; }), HasSubstr("not all of them whole"));
  EXPECT_EQ(warned([](int i) { return fmt::format("{}", i % 10); }), "");
  EXPECT_EQ(warned([](int i) { return fmt::format("class {}", i); }), "");
}

TEST(DataSummaryTest, LooksAtClassesWithoutExamples) {
  const auto found = [](const std::vector<std::int64_t>& counts, const std::vector<std::string>& names = {}) {
    DataSummary summary;
    summary.classes = names;
    summary.parts = {{"train", 1, counts}, {"test", 1, counts}};
    warn_of_classes(summary);
    return summary.warnings.empty() ? DataWarning() : summary.warnings.front();
  };
  EXPECT_EQ(found({3, 4}).what, "");
  EXPECT_EQ(found({}).what, "");
  EXPECT_THAT(found({0, 3, 4}).what, HasSubstr("of 3 classes, these have no example: 0; number the classes from 0"));
  EXPECT_FALSE(found({0, 3, 4}).refused);
  EXPECT_THAT(found({0, 9}).what, HasSubstr("every example is of the class 1"));
  EXPECT_THAT(found({9}, {"cat"}).what, HasSubstr("every example is of the class cat"));
  EXPECT_TRUE(found({9}, {"cat"}).refused);
  std::vector<std::int64_t> sparse(1000);
  sparse[0] = sparse[999] = 500;
  EXPECT_THAT(found(sparse).what, HasSubstr("only 2 of 1000 classes have an example: 0, 999; number the classes"));
  EXPECT_TRUE(found(sparse).refused);
  EXPECT_THAT(found(std::vector<std::int64_t>(30, 4)).text(),
              HasSubstr("30 classes, of 240 examples; targets: values"));
  DataSummary refused;
  refused.warnings = {found({0, 3, 4}), found({9})};
  EXPECT_THAT([&] { refuse_mistakes(refused, "y.npy"); },
              testing::ThrowsMessage<DataError>(HasSubstr("y.npy: every example is of the class 0")));
}

TEST(DataSummaryTest, WarnsOfNumbersTooCloseForFloat32) {
  const auto times = 1'700'000'000 + torch::arange(10, torch::kFloat64).unsqueeze(1);
  Dataset data;
  data.inputs = data.targets = times;
  DataSummary summary;
  warn_of_close_numbers(summary, data, {"when"});
  ASSERT_EQ(summary.warnings.size(), 2u);
  EXPECT_THAT(summary.warnings[0].text(), HasSubstr("input 0: numbers from 1700000000 to 1700000009"));
  EXPECT_THAT(summary.warnings[1].text(), AllOf(HasSubstr("when: "), HasSubstr("standardize_targets: true")));
  data.mean = data.target_mean = times.mean();
  summary = {};
  warn_of_close_numbers(summary, data);
  EXPECT_THAT(summary.warnings, IsEmpty());
}

TEST(DataSummaryTest, WarnsOfClassesTooRareForAPart) {
  DataSummary found;
  found.classes = {"common", "rare"};
  found.parts = {{"train", 80, {76, 4}}, {"validation", 10, {10, 0}}, {"test", 10, {9, 1}}};
  warn_of_rare_classes(found, 1, "validation");  // 5 of 100: half a one of ten
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_THAT(found.warnings[0].text(),
              AllOf(HasSubstr("validation part of 10: \"rare\" (5)"), HasSubstr("; validation ")));
  found = {{}, {}, {{"train", 80, {70, 10}}, {"validation", 10, {10, 0}}, {"test", 10, {10, 0}}}, {}};
  warn_of_rare_classes(found, 1, "validation");
  EXPECT_THAT(found.warnings, IsEmpty());
}

}  // namespace
}  // namespace vib
