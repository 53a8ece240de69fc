#include "vib/core/json.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temporary_folder.h"

namespace vib {
namespace {

using testing::StrEq;
using testing::ThrowsMessage;

std::string mistake(const std::string& text) {
  try {
    parse_json(text);
  } catch (const JsonError& error) {
    return error.in("run/data.json");
  }
  return "";
}

TEST(Json, MistakesAreToldByLineAndInFewWords) {
  EXPECT_EQ(mistake("{\"a\": [1, \"]\\\"[\"]}"), "");
  EXPECT_EQ(mistake("{\n  \"a\": 1,\n  b\n}"), "run/data.json:3: not JSON from column 3 on: \"b\"");
  EXPECT_EQ(mistake(""), "run/data.json:1: not JSON from column 1 on: the text ends");
  EXPECT_EQ(mistake("{\"a\":\n"), "run/data.json:2: not JSON from column 1 on: the text ends");
  EXPECT_EQ(mistake("[1,\n 1e999]"), "run/data.json:2: not JSON from column 2 on: the number 1e999 is too large");
  EXPECT_LT(mistake("[" + std::string(1'000'000, 'x')).size(), 300);
  EXPECT_LT(mistake("[" + std::string(1'000'000, '9')).size(), 300);
  EXPECT_LT(mistake("[\"" + std::string(1'000'000, '\1') + "\"]").size(), 600);
}

TEST(Json, IsNotNestedDeeperThanAnybodyNeeds) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(mistake(nested(64)), "");
  const std::string deep = "run/data.json:1: not JSON from column 65 on: brackets are nested more than 64 deep";
  EXPECT_EQ(mistake(nested(65)), deep);
  EXPECT_EQ(mistake(nested(1'000'000)), deep);
  EXPECT_EQ(mistake(std::string(1'000'000, '[')), deep);
  EXPECT_EQ(mistake("\"" + std::string(100, '[') + "\""), "");
}

TEST(Json, EntriesAreNamedByTheirPlace) {
  const auto json = parse_json(R"({"table": {"inputs": [{"scale": 1}, {"scale": "wide", "n": 18446744073709551615}]},
                                   "list": [1, 2, 3], "half": 0.5})");
  const JsonEntry root(json);
  const auto inputs = root.at("table").at("inputs").items();
  EXPECT_EQ(inputs[0].at("scale").number(), 1);
  EXPECT_EQ(inputs[0].at("scale").integer(0), 1);
  EXPECT_FALSE(root.find("tables"));
  const auto refused = [](const auto& ask, const char* message) {
    EXPECT_THAT(ask, ThrowsMessage<JsonError>(StrEq(message)));
  };
  refused([&] { inputs[1].at("scale").number(); }, "table.inputs[1].scale must be a number, found \"wide\"");
  refused([&] { inputs[0].at("shape"); }, "table.inputs[0].shape is missing");
  refused([&] { root.at("list").text(); }, "list must be a text, found a list of 3");
  refused([&] { root.at("half").integer(0); }, "half must be a whole number from 0 on, found 0.5");
  refused([&] { root.at("list").items()[2].integer(0, 2); }, "list[2] must be a whole number from 0 to 2, found 3");
  refused([&] { inputs[1].at("n").integer(0); },
          "table.inputs[1].n must be a whole number from 0 on, found 18446744073709551615");
  refused([&] { root.at("half").boolean(); }, "half must be true or false, found 0.5");
  refused([&] { root.at("half").at("a"); }, "half must be an object, found 0.5");
  refused([&] { root.texts(); }, "the whole must be a list, found an object");
}

}  // namespace
}  // namespace vib
