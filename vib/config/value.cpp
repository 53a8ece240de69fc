#include "vib/config/value.h"

#include <cstddef>
#include <functional>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "vib/core/error.h"
#include "vib/core/utf8.h"

namespace vib {
namespace {

constexpr std::size_t kDeepest = 16;
constexpr std::size_t kMostValues = 100'000;
constexpr std::size_t kMostRepeated = std::size_t{1} << 20;
constexpr std::size_t kLongestShown = 60;

/// From a line and a column, both counted from 0.
using Locate = std::function<Place(int line, int column)>;

/// yaml-cpp reads on through bytes that are no text, and takes some tabs for indentation.
void check_characters(const std::string& text, const Locate& locate) {
  int line = 0;
  std::size_t line_start = 0;
  bool indentation = true;
  for (std::size_t i = 0; i < text.size();) {
    const auto place = [&] { return locate(line, static_cast<int>(i - line_start)); };
    const char c = text[i];
    const auto character = first_character(std::string_view(text).substr(i));
    const bool control = (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
    if (!character.valid || control) {
      refuse(
          place(), "",
          fmt::format("not a text file: byte 0x{:02x} (a configuration is UTF-8 text)", static_cast<unsigned char>(c)));
    }
    if (c == '\t' && indentation) refuse(place(), "", "a tab in the indentation: YAML indents with spaces");
    i += character.length;
    if (c == '\n') {
      ++line;
      line_start = i;
      indentation = true;
    } else if (c != ' ') {
      indentation = false;
    }
  }
}

std::size_t count(const ConfigValue& value) {
  std::size_t n = 1;
  for (const auto& item : value.items) n += count(item);
  for (const auto& entry : value.entries) n += count(entry.value);
  return n;
}

std::size_t text_bytes(const ConfigValue& value) {
  std::size_t n = value.text.size();
  for (const auto& item : value.items) n += text_bytes(item);
  for (const auto& entry : value.entries) n += entry.key.size() + text_bytes(entry.value);
  return n;
}

/// Builds the tree from the parser's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const Locate& locate) : locate_(locate), root_{.place = locate(0, 0)} {}

  ConfigValue take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) refuse(place(mark), "", "a second document (---): a configuration is one document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add({.kind = ConfigValue::Kind::kNull, .place = place(mark)}, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    check_tag(mark, tag);
    add({.kind = ConfigValue::Kind::kScalar, .place = place(mark), .text = text, .quoted = tag == "!"}, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse(place(mark), "", "an alias inside its own anchor");
    repeated_ += text_bytes(found->second);
    if (repeated_ > kMostRepeated)
      refuse(place(mark), "", "aliases that repeat more than 1 MiB of text: write the values out");
    ConfigValue copy = found->second;
    copy.place = place(mark);
    values_ += count(copy);
    add(std::move(copy), YAML::NullAnchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(ConfigValue::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(ConfigValue::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    ConfigValue value;
    YAML::anchor_t anchor;
    bool key_read = false;  ///< of a mapping: the last entry waits for its value
  };

  Place place(const YAML::Mark& mark) const { return locate_(mark.line, mark.column); }

  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!") {
      refuse(place(mark), "", fmt::format("the tag {}: tags have no meaning in a configuration", shortened(tag)));
    }
  }

  void open(ConfigValue::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    check_tag(mark, tag);
    if (levels_.size() == kDeepest) refuse(place(mark), "", fmt::format("nested more than {} deep", kDeepest));
    levels_.push_back({.value = {.kind = kind, .place = place(mark)}, .anchor = anchor});
  }

  void close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    add(std::move(level.value), level.anchor);
  }

  void add(ConfigValue value, YAML::anchor_t anchor) {
    ++values_;
    if (anchor != YAML::NullAnchor) values_ += count(value);  // they are kept twice
    if (values_ > kMostValues) refuse(value.place, "", fmt::format("more than {} values", kMostValues));
    if (anchor != YAML::NullAnchor) anchors_[anchor] = value;
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (Level& level = levels_.back(); !level.value.is_map()) {
      level.value.items.push_back(std::move(value));
    } else if (level.key_read) {
      auto& entry = level.value.entries.back();
      if (value.kind == ConfigValue::Kind::kNull) value.place = entry.place;
      entry.value = std::move(value);
      level.key_read = false;
    } else {
      add_key(level, value);
    }
  }

  void add_key(Level& level, const ConfigValue& key) {
    if (key.kind != ConfigValue::Kind::kScalar) {
      refuse(key.place, "", fmt::format("expects a name as key, got {}", key.shown()));
    }
    if (key.text == "<<" && !key.quoted) refuse(key.place, "", "merge keys (<<) are not supported: write the keys out");
    level.value.entries.push_back({.key = key.text, .place = key.place, .value = {}});
    level.key_read = true;
  }

  const Locate& locate_;
  std::vector<Level> levels_;
  std::map<YAML::anchor_t, ConfigValue> anchors_;
  ConfigValue root_;
  std::size_t values_ = 0;
  std::size_t repeated_ = 0;  // bytes of text, by aliases
  int documents_ = 0;
};

ConfigValue parse(const std::string& text, const Locate& locate) {
  check_characters(text, locate);
  TreeBuilder builder(locate);
  try {
    // yaml-cpp overlooks a quote left open where a line break ends the text
    std::istringstream stream(text.substr(0, text.find_last_not_of(" \r\n") + 1));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    refuse(locate(e.mark.line, e.mark.column), "", "not valid YAML: " + e.msg);
  }
  return builder.take();
}

}  // namespace

ConfigValue::Entry* ConfigValue::find(const std::string& key) {
  for (auto& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::string ConfigValue::shown() const {
  switch (kind) {
    case Kind::kNull: return "nothing";
    case Kind::kScalar: return fmt::format("{}'{}'", quoted ? "the quoted " : "", shortened(text));
    case Kind::kList: return items.empty() ? "an empty list" : fmt::format("a list of {}", items.size());
    case Kind::kMap: return "a mapping";
  }
  return "";
}

std::string shortened(const std::string& text) {
  const auto line = on_one_line(first_characters(text, kLongestShown));
  return line.size() < text.size() ? line + "…" : line;
}

void refuse(const Place& place, const std::string& key, const std::string& message) {
  const bool named = key.empty() || place.text.starts_with("command line: " + key + "=");
  throw ConfigError(place.text + ": " + (named ? "" : key + ": ") + message);
}

ConfigValue parse_config_text(const std::string& text, const std::string& name) {
  const std::string byte_order_mark = "\xEF\xBB\xBF";
  const auto locate = [&](int line, int column) {
    return Place{fmt::format("{}:{}:{}", name, line + 1, column + 1), false};
  };
  return parse(text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text, locate);
}

ConfigValue parse_override_value(const std::string& text, const Place& place) {
  // YAML would take it for indentation.
  if (text == "\t") return {.kind = ConfigValue::Kind::kScalar, .place = place, .text = text, .quoted = true};
  return parse(text, [&](int, int) { return place; });
}

}  // namespace vib
