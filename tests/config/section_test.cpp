#include "vib/config/section.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "vib/config/file.h"
#include "vib/config/reference.h"
#include "vib/config/setting_case.h"
#include "vib/config/suggestion.h"

namespace vib {
namespace {

enum class Shape { kRound, kSquare };

struct Toy {
  bool on = true;
  std::int64_t count = -3;
  std::uint64_t seed = std::numeric_limits<std::uint64_t>::max();
  double rate = 1e-5;
  std::filesystem::path path = "data/toys";
  char mark = ';';
  std::vector<std::int64_t> widths = {8, 4};
  std::vector<double> steps = {};
  std::vector<std::string> labels = {"a", "b, c", "=5"};
  double low = -1;
  double high = 1;
  Shape shape = Shape::kRound;
  double radius = 2;
  double side = 3;
  std::string color = "red";
  std::string ramp = "constant";
  double value = 0.5;
  std::vector<std::pair<double, double>> points = {{0, 1e-5}, {10, 1}};
};

void describe(Section& s, Toy& o) {
  s.field("on", o.on, "whether it works");
  s.field("count", o.count, at_least(-5).at_most(5), "how many");
  s.field("seed", o.seed, "seed");
  s.field("rate", o.rate, above(0).below(1), "how fast | how far");
  s.field("path", o.path, "where");
  s.separator("mark", o.mark, "between");
  s.section("form", "how it looks", [&](Section& s) {
    s.choice("shape", o.shape,
             {{"round", Shape::kRound, "a ball", [&](Section& s) { s.field("radius", o.radius, above(0), "radius"); }},
              {"square", Shape::kSquare, "a cube", [&](Section& s) { s.field("side", o.side, above(0), "side"); }}},
             "outline");
    s.choice("color", o.color, {{"red"}, {"blue"}}, "paint");
    s.section("inner", "inside", [&](Section& s) {
      s.field("widths", o.widths, each(at_least(1)), "widths");
      s.field("steps", o.steps, each(any_number()).or_empty().increasing(), "steps");
      s.field("labels", o.labels, "labels");
      s.pair("range", o.low, o.high, each(any_number()).increasing(), "from and to");
    });
    s.section("ramp", "how it grows", [&](Section& s) {
      const auto points = [&](Section& s) {
        s.points("points", o.points, "time", at_least(0), "level", any_number().at_most(1), "corners");
      };
      s.choice("type", o.ramp,
               {{"constant", "one value", [&](Section& s) { s.field("value", o.value, any_number(), "the value"); }},
                {"steps", "jumps", points},
                {"lines", "straight", points}},
               "kind");
      s.plain_value_means("type", "constant", "value");
    });
  });
}

std::string dump(Toy& toy) {
  return dump_config([&](Section& s) { describe(s, toy); });
}

TEST(Range, ContainsWhatItsTextSays) {
  const Range half_open = at_least(0).below(1);
  EXPECT_EQ(half_open.text(), ">= 0 and < 1");
  EXPECT_TRUE(half_open.contains(0));
  EXPECT_FALSE(half_open.contains(1));
  EXPECT_FALSE(half_open.contains(-1e-300));

  const Range other_half = above(0).at_most(0.1);
  EXPECT_EQ(other_half.text(), "> 0 and <= 0.1");
  EXPECT_FALSE(other_half.contains(0));
  EXPECT_TRUE(other_half.contains(0.1));

  EXPECT_EQ(any_number().below(3).text(), "< 3");
  EXPECT_EQ(any_number().text(), "");
  EXPECT_TRUE(any_number().contains(-1e308));
  EXPECT_FALSE(half_open.contains(std::nan("")));
}

TEST(Schema, DumpsTheKeysInUseInTheOrderOfTheList) {
  Toy toy;
  EXPECT_EQ(dump(toy),
            "on: true\n"
            "count: -3\n"
            "seed: 18446744073709551615\n"
            "rate: 1e-05\n"
            "path: data/toys\n"
            "mark: \";\"\n"
            "form:\n"
            "  shape: round\n"
            "  radius: 2\n"
            "  color: red\n"
            "  inner:\n"
            "    widths: [8, 4]\n"
            "    steps: []\n"
            "    labels: [a, \"b, c\", \"=5\"]\n"
            "    range: [-1, 1]\n"
            "  ramp: 0.5\n");
}

TEST(Schema, DumpsTheKeysOfTheAlternativeChosen) {
  Toy toy;
  toy.shape = Shape::kSquare;
  toy.ramp = "lines";
  const std::string text = dump(toy);
  EXPECT_NE(text.find("  shape: square\n  side: 3\n  color: red\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("radius"), std::string::npos) << text;
  EXPECT_NE(text.find("  ramp:\n    type: lines\n    points: [[0, 1e-05], [10, 1]]\n"), std::string::npos) << text;
}

TEST(Cases, AreReadAsOverridesAndWrittenSo) {
  const auto read = [](const std::string& text) { return read_cases(parse_config_text(text, "f"), "cases", ""); };
  const auto cases = read("one: {a.b: 0.5, c: {d: [1, \"x, y\"], e: \"5\"}}\ntwo: {}\nno: {f: plain words}\n");
  const std::string text = "{one: {a.b: 0.5, c.d: [1, \"x, y\"], c.e: \"5\"}, two: {}, \"no\": {f: \"plain words\"}}";
  EXPECT_EQ(cases_text(cases), text);
  EXPECT_EQ(cases_text(read(text)), text);
  EXPECT_EQ(cases.at(0).settings.at(1).place.text, "f:1:21");
}

TEST(Schema, RefusesAKeyDescribedTwice) {
  bool a = false;
  bool b = false;
  std::string kind = "x";
  const auto with_a = [&](Section& s) { s.field("a", a, ""); };
  EXPECT_THROW(Section([&](Section& s) { with_a(s), s.field("a", b, ""); }), std::logic_error);
  EXPECT_THROW(Section([&](Section& s) {
                 with_a(s), s.choice("kind", kind, {{"x", "", with_a}}, "");
               }),
               std::logic_error);
  EXPECT_THROW(Section([&](Section& s) { s.choice("a", kind, {{"x", "", with_a}}, ""); }), std::logic_error);
  EXPECT_NO_THROW(Section([&](Section& s) { s.choice("kind", kind, {{"x", "", with_a}, {"y", "", with_a}}, ""); }));
}

TEST(Schema, RefusesAShorthandForAChoiceThatIsNotThere) {
  double value = 0;
  EXPECT_THROW(Section([&](Section& s) {
                 s.field("value", value, any_number(), "");
                 s.plain_value_means("type", "constant", "value");
               }),
               std::logic_error);
}

TEST(Schema, RefusesAPatternThatIsNone) {
  std::string value;
  EXPECT_THROW(Section([&](Section& s) { s.field("value", value, matching("(", "anything"), ""); }), std::logic_error);
}

TEST(Reference, HasARowPerKeyAndATablePerAlternative) {
  Toy toy;
  const std::string text = config_reference([&](Section& s) { describe(s, toy); });
  EXPECT_EQ(
      text,
      "| key | default | allowed | meaning |\n"
      "| --- | --- | --- | --- |\n"
      "| `on` | `true` | true or false | whether it works |\n"
      "| `count` | `-3` | an integer >= -5 and <= 5 | how many |\n"
      "| `seed` | `18446744073709551615` | an integer >= 0 | seed |\n"
      "| `rate` | `1e-05` | a number > 0 and < 1 | how fast \\| how far |\n"
      "| `path` | `data/toys` | a string | where |\n"
      "| `mark` | `\";\"` | one character such as , or ;, or tab | between |\n"
      "\n"
      "## `form`: how it looks\n"
      "\n"
      "| key | default | allowed | meaning |\n"
      "| --- | --- | --- | --- |\n"
      "| `form.shape` | `round` | `round`, `square` | outline; `round`: a ball; `square`: a cube |\n"
      "| `form.color` | `red` | `red`, `blue` | paint |\n"
      "| `form.inner` |  | a mapping | inside |\n"
      "| `form.inner.widths` | `[8, 4]` | a list of integers >= 1 | widths |\n"
      "| `form.inner.steps` | `[]` | a list of numbers, increasing, may be empty | steps |\n"
      "| `form.inner.labels` | `[a, \"b, c\", \"=5\"]` | a list of strings, may be empty | labels |\n"
      "| `form.inner.range` | `[-1, 1]` | a list of two numbers, increasing | from and to |\n"
      "| `form.ramp` | `0.5` | a number, short for `{type: constant, value: …}`, or a mapping | how it grows |\n"
      "| `form.ramp.type` | `constant` | `constant`, `steps`, `lines` | kind; `constant`: one value; `steps`: jumps; "
      "`lines`: straight |\n"
      "\n"
      "### `form.shape: round`\n"
      "\n"
      "| key | default | allowed | meaning |\n"
      "| --- | --- | --- | --- |\n"
      "| `form.radius` | `2` | a number > 0 | radius |\n"
      "\n"
      "### `form.shape: square`\n"
      "\n"
      "| key | default | allowed | meaning |\n"
      "| --- | --- | --- | --- |\n"
      "| `form.side` | `3` | a number > 0 | side |\n"
      "\n"
      "### `form.ramp.type: constant`\n"
      "\n"
      "| key | default | allowed | meaning |\n"
      "| --- | --- | --- | --- |\n"
      "| `form.ramp.value` | `0.5` | a number | the value |\n"
      "\n"
      "### `form.ramp.type: steps or lines`\n"
      "\n"
      "| key | default | allowed | meaning |\n"
      "| --- | --- | --- | --- |\n"
      "| `form.ramp.points` | `[[0, 1e-05], [10, 1]]` | [[time, level], …] with time >= 0, increasing, and level <= 1 "
      "| "
      "corners |\n"
      "\n");
}

TEST(Suggestion, CountsEditsAndSwappedNeighboursAsOne) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("flaw", "lawn"), 2U);
  EXPECT_EQ(edit_distance("adma", "adam"), 1U);
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);  // optimal string alignment edits no substring twice
}

TEST(Suggestion, FindsTheNameThatWasMeant) {
  const std::vector<std::string> known = {"epochs", "batch_size", "drop_last", "lr"};
  EXPECT_EQ(nearest("epoch", known), "epochs");
  EXPECT_EQ(nearest("Epochs", known), "epochs");
  EXPECT_EQ(nearest("batch", known), "batch_size");
  EXPECT_EQ(nearest("batchsize", known), "batch_size");
  EXPECT_EQ(nearest("drop-last", known), "drop_last");
  EXPECT_EQ(nearest("rl", known), "lr");
  EXPECT_EQ(nearest("momentum", known), "");
  EXPECT_EQ(nearest("", known), "");
}

TEST(Suggestion, ListsWords) {
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b"}), "a or b");
  EXPECT_EQ(listed({"a", "b", "c"}), "a, b or c");
}

}  // namespace
}  // namespace vib
