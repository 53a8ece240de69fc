#include "vib/core/csv.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vib {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Records = std::vector<std::vector<std::string>>;

Records records_of(std::string text) {
  CsvReader reader(text);
  Records records;
  for (std::vector<std::string_view> fields; reader.next(fields);) records.emplace_back(fields.begin(), fields.end());
  return records;
}

TEST(Csv, QuotesOnlyWhatAReaderWouldCut) {
  EXPECT_EQ(csv_line({"a b", "", "β"}), "a b,,β\n");
  EXPECT_EQ(csv_line({"a,b", "say \"a\"", "c\nd", "e\rf"}), "\"a,b\",\"say \"\"a\"\"\",\"c\nd\",\"e\rf\"\n");
  EXPECT_EQ(csv_field(0.1), "0.1");
  EXPECT_EQ(csv_field(std::numeric_limits<double>::infinity()), "");
}

TEST(Csv, ReadsWhatItWrote) {
  const Records written = {{"", ""}, {"a,b", "\""}, {"\n", "\r\n"}, {" ", "β"}, {"x\"y", ""}};
  std::string text;
  for (const auto& fields : written) text += csv_line(fields);
  EXPECT_EQ(records_of(text), written);
  EXPECT_THAT(records_of(csv_line({""})), ElementsAre(ElementsAre("")));
}

TEST(Csv, CountsLinesOfEveryKind) {
  std::string text =
      "\xEF\xBB\xBF"
      "a\r\n\"b\n\rc\"\r\rd";
  CsvReader reader(text);
  std::vector<std::int64_t> lines;
  for (std::vector<std::string_view> fields; reader.next(fields);) lines.push_back(reader.line());
  EXPECT_THAT(lines, ElementsAre(1, 2, 6));
}

TEST(Csv, NamesTheLineOfAMistake) {
  const auto refused = [](const std::string& text, std::int64_t line, const std::string& what) {
    try {
      records_of(text);
      FAIL() << text;
    } catch (const CsvError& error) {
      EXPECT_EQ(error.line(), line) << text;
      EXPECT_THAT(error.what(), HasSubstr(what));
    }
  };
  refused("a\n\"b\n\n", 2, "never closed");
  refused("a\n\"b\n\"c\n", 3, "follows a closing quote");
  refused("a\ncaf\xE9\n", 2, "column 1 is not UTF-8");
  refused("a,b\nt,caf\xE9\n", 2, "column 2 is not UTF-8");
  refused(std::string("\xFF\xFE"
                      "a\0",
                      4),
          1, "UTF-16");
  refused(std::string("a,b\n1\0,2\n", 9), 2, "NUL byte");
}

TEST(Csv, TakesASeparatorThatNoCellNeeds) {
  for (const auto* text : {",", ";", "|", ":", " ", "\t"}) EXPECT_EQ(separator_of(text), text[0]) << text;
  for (const auto* text : {"tab", "\\t"}) EXPECT_EQ(separator_of(text), '\t') << text;
  for (const auto* text : {"", "t", "1", "\"", ".", "-", "+", "\n", ";;", "tabs", "é"})
    EXPECT_EQ(separator_of(text), std::nullopt) << text;
  EXPECT_EQ(separator_of(separator_name('\t')), '\t');
}

}  // namespace
}  // namespace vib
