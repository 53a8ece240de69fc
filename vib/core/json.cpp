#include "vib/core/json.h"

#include <algorithm>

#include <fmt/format.h>

#include "vib/core/utf8.h"

namespace vib {
namespace {

constexpr int kDeepest = 64;

[[noreturn]] void refuse_at(std::string_view text, std::size_t position, const std::string& reason) {
  const auto before = text.substr(0, position);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto column = before.size() - (before.find_last_of('\n') + 1) + 1;
  throw JsonError(fmt::format("not JSON from column {} on: {}", column, reason), line);
}

/// The line that begins there.
std::string excerpt_from(std::string_view text, std::size_t position) {
  const auto rest = text.substr(std::min(position, text.size()));
  return rest.empty() ? "the text ends" : in_quotes(rest.substr(0, rest.find('\n')));
}

}  // namespace

std::string JsonError::in(const std::string& file, std::int64_t first_line) const {
  return line_ == 0 ? fmt::format("{}: {}", file, what())
                    : fmt::format("{}:{}: {}", file, first_line + line_ - 1, what());
}

void check_nesting(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest) refuse_at(text, i, fmt::format("brackets are nested more than {} deep", kDeepest));
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
}

void refuse_json(std::string_view text, const nlohmann::json::exception& error) {
  if (const auto* syntax = dynamic_cast<const nlohmann::json::parse_error*>(&error)) {
    const auto position = syntax->byte > 0 ? syntax->byte - 1 : 0;
    refuse_at(text, position, excerpt_from(text, position));
  }
  // A number that overflows, of which the message says the text alone: number overflow parsing '1e999'.
  const std::string_view message = error.what();
  const auto begin = std::min(message.find('\''), message.size() - 1) + 1;
  const auto number = message.substr(begin, message.rfind('\'') - begin);
  refuse_at(text, std::min(text.find(number), text.size()),
            fmt::format("the number {} is too large", first_characters(number, 60)));
}

std::string json_excerpt(const Json& json) {
  if (json.is_string()) return in_quotes(json.get_ref<const std::string&>());
  if (json.is_array()) return fmt::format("a list of {}", json.size());
  return json.is_object() ? "an object" : json.dump();
}

JsonEntry JsonEntry::at(const std::string& key) const {
  const auto entry = find(key);
  if (!entry) throw JsonError(fmt::format("{}{} is missing", place_.empty() ? "" : place_ + ".", key));
  return *entry;
}

std::optional<JsonEntry> JsonEntry::find(const std::string& key) const {
  if (!json_->is_object()) refuse("an object");
  const auto found = json_->find(key);
  if (found == json_->end()) return std::nullopt;
  return JsonEntry(*found, place_.empty() ? key : place_ + "." + key);
}

std::vector<JsonEntry> JsonEntry::items() const {
  if (!json_->is_array()) refuse("a list");
  std::vector<JsonEntry> items;
  for (const auto& item : *json_) items.emplace_back(item, fmt::format("{}[{}]", place_, items.size()));
  return items;
}

bool JsonEntry::boolean() const {
  if (!json_->is_boolean()) refuse("true or false");
  return json_->get<bool>();
}

std::int64_t JsonEntry::integer(std::int64_t low, std::int64_t high) const {
  // get() would wrap a number from 2^63 to 2^64.
  const bool fits =
      json_->is_number_integer() && !(json_->is_number_unsigned() && json_->get<std::uint64_t>() > INT64_MAX);
  if (!fits || json_->get<std::int64_t>() < low || json_->get<std::int64_t>() > high)
    refuse(high == std::numeric_limits<std::int64_t>::max() ? fmt::format("a whole number from {} on", low)
                                                            : fmt::format("a whole number from {} to {}", low, high));
  return json_->get<std::int64_t>();
}

double JsonEntry::number() const {
  if (!json_->is_number()) refuse("a number");
  return json_->get<double>();
}

std::string JsonEntry::text() const {
  if (!json_->is_string()) refuse("a text");
  return json_->get<std::string>();
}

std::vector<std::string> JsonEntry::texts() const {
  std::vector<std::string> texts;
  for (const auto& item : items()) texts.push_back(item.text());
  return texts;
}

void JsonEntry::refuse(const std::string& expected) const {
  throw JsonError(
      fmt::format("{} must be {}, found {}", place_.empty() ? "the whole" : place_, expected, json_excerpt(*json_)));
}

}  // namespace vib
