#include "vib/data/sets/table_summary.h"

#include <fstream>
#include <functional>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"

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

TEST_F(TableSummaryTest, WarnsOfDecimalCommas) {
  const auto cell = [](int i) { return fmt::format("\"{},5\"", i % 5); };
  EXPECT_THAT(warning("c", cell), AllOf(HasSubstr("decimal commas (\"0,5\" in line 2)"), HasSubstr("write points")));
  EXPECT_EQ(warning("c", cell, TableOptions("", {"y"}).categorical({"c"})), "");
}

TEST_F(TableSummaryTest, WarnsOfNumbersThatAreCategoriesForAFewCells) {
  const auto cell = [](int i) { return i == 7 || i == 9 ? "unknown" : fmt::format("{}", i % 4); };
  EXPECT_THAT(warning("c", cell), AllOf(HasSubstr("2 of 40 cells are no numbers, \"unknown\" in line 9 first"),
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
