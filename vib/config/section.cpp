#include "vib/config/section.h"

#include <regex.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/config/field.h"
#include "vib/config/scalar.h"
#include "vib/config/setting_case.h"
#include "vib/config/suggestion.h"
#include "vib/config/value.h"
#include "vib/core/csv.h"

namespace vib {
namespace {

/// "an integer" and ">= 1" make "an integer >= 1".
std::string bounded(const std::string& what, const Range& range) {
  const std::string bounds = range.text();
  return bounds.empty() ? what : what + " " + bounds;
}

template <class Number>
Number read_bounded(const ConfigValue& value, const std::string& key, const Range& range, const std::string& allowed) {
  Number number;
  if constexpr (std::is_integral_v<Number>) {
    number = read_integer(value, key, allowed);
  } else {
    number = read_number(value, key, allowed);
  }
  if (!range.contains(static_cast<double>(number))) refuse_value(value, key, allowed);
  return number;
}

const std::vector<ConfigValue>& list_items(const ConfigValue& value, const std::string& key, std::size_t shortest,
                                           const std::string& allowed) {
  if (value.kind != ConfigValue::Kind::kList || value.items.size() < shortest) refuse_value(value, key, allowed);
  return value.items;
}

/// `what` is "an integer" or "a number".
template <class Number>
std::vector<Number> read_list(const ConfigValue& value, const std::string& key, const Each& each,
                              const std::string& what, const std::string& allowed) {
  const std::string each_allowed = "each element to be " + bounded(what, each.range);
  std::vector<Number> numbers;
  for (const auto& item : list_items(value, key, each.shortest, allowed)) {
    numbers.push_back(read_bounded<Number>(item, key, each.range, each_allowed));
    if (each.rises && numbers.size() > 1 && numbers.back() <= numbers[numbers.size() - 2]) {
      refuse_value(item, key, "each element to be larger than the one before it");
    }
  }
  return numbers;
}

/// A compiled expression; std::regex recurses once per character and overruns the stack on long text.
std::shared_ptr<const regex_t> compiled(const std::string& pattern) {
  auto* expression = new regex_t;
  if (regcomp(expression, ("^(" + pattern + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
    delete expression;
    throw std::logic_error("no POSIX extended expression: " + pattern);
  }
  return {expression, [](regex_t* e) {
            regfree(e);
            delete e;
          }};
}

std::string list_allowed(const std::string& begin, const Each& each) {
  return bounded(begin, each.range) + (each.rises ? ", increasing" : "") + (each.shortest == 0 ? ", may be empty" : "");
}

std::string list_text(const std::vector<double>& numbers) {
  std::vector<std::string> texts;
  for (const double number : numbers) texts.push_back(number_text(number));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

std::string Range::text() const {
  std::string bounds;
  const auto bound = [](double x) {
    return std::abs(x) <= 1e9 && x == std::trunc(x) ? fmt::format("{:.0f}", x) : number_text(x);
  };
  if (std::isfinite(low)) bounds = (low_open ? "> " : ">= ") + bound(low);
  if (std::isfinite(high)) bounds += (bounds.empty() ? "" : " and ") + ((high_open ? "< " : "<= ") + bound(high));
  return bounds;
}

Section::Section() = default;
Section::Section(const Describe& describe) { describe(*this); }
Section::Section(Section&&) noexcept = default;
Section& Section::operator=(Section&&) noexcept = default;
Section::~Section() = default;

void Section::field(std::string key, bool& value, std::string meaning) {
  const std::string allowed = "true or false";
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read = [=, &value](const auto& from, const auto& name) { value = read_bool(from, name, allowed); },
       .write = [&value] { return value ? "true" : "false"; }});
}

void Section::field(std::string key, std::int64_t& value, Range range, std::string meaning) {
  const std::string allowed = bounded("an integer", range);
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read = [=, &value](const auto& from,
                           const auto& name) { value = read_bounded<std::int64_t>(from, name, range, allowed); },
       .write = [&value] { return std::to_string(value); }});
}

void Section::field(std::string key, std::uint64_t& value, std::string meaning) {
  const std::string allowed = "an integer >= 0";
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read = [=, &value](const auto& from, const auto& name) { value = read_unsigned(from, name, allowed); },
       .write = [&value] { return std::to_string(value); }});
}

void Section::field(std::string key, double& value, Range range, std::string meaning) {
  const std::string allowed = bounded("a number", range);
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read = [=, &value](const auto& from,
                           const auto& name) { value = read_bounded<double>(from, name, range, allowed); },
       .write = [&value] { return number_text(value); }});
}

void Section::field(std::string key, std::string& value, std::string meaning) {
  const std::string allowed = "a string";
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read = [=, &value](const auto& from, const auto& name) { value = read_string(from, name, allowed); },
       .write = [&value] { return string_text(value); }});
}

void Section::field(std::string key, std::string& value, Form form, std::string meaning) {
  const auto pattern = compiled(form.pattern);
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = form.allowed,
       .read =
           [=, &value](const auto& from, const auto& name) {
             const std::string text = read_string(from, name, form.allowed);
             if (regexec(pattern.get(), text.c_str(), 0, nullptr, 0) != 0) refuse_value(from, name, form.allowed);
             value = text;
           },
       // What the form takes as a number needs no quotes.
       .write = [&value] { return is_number(value) ? value : string_text(value); }});
}

void Section::field(std::string key, std::filesystem::path& value, std::string meaning) {
  const std::string allowed = "a string";
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read = [=, &value](const auto& from, const auto& name) { value = read_string(from, name, allowed); },
       .write = [&value] { return string_text(value.string()); }});
}

void Section::separator(std::string key, char& value, std::string meaning) {
  const std::string allowed = kSeparators;
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read =
           [=, &value](const auto& from, const auto& name) {
             const std::string text = read_string(from, name, allowed);
             const auto separator = separator_of(text);
             if (!separator) refuse_value(from, name, allowed);
             value = *separator;
           },
       .write = [&value] { return string_text(separator_name(value)); }});
}

void Section::field(std::string key, std::vector<std::int64_t>& value, Each each, std::string meaning) {
  const std::string allowed = list_allowed("a list of integers", each);
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read = [=, &value](
                   const auto& from,
                   const auto& name) { value = read_list<std::int64_t>(from, name, each, "an integer", allowed); },
       .write = [&value] { return fmt::format("[{}]", fmt::join(value, ", ")); }});
}

void Section::field(std::string key, std::vector<double>& value, Each each, std::string meaning) {
  const std::string allowed = list_allowed("a list of numbers", each);
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read = [=, &value](const auto& from,
                           const auto& name) { value = read_list<double>(from, name, each, "a number", allowed); },
       .write = [&value] { return list_text(value); }});
}

void Section::field(std::string key, std::vector<std::string>& value, std::string meaning) {
  const std::string allowed = "a list of strings, may be empty";
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read =
           [=, &value](const auto& from, const auto& name) {
             std::vector<std::string> strings;
             for (const auto& item : list_items(from, name, 0, allowed))
               strings.push_back(read_string(item, name, "each element to be a string"));
             value = std::move(strings);
           },
       .write =
           [&value] {
             std::vector<std::string> texts;
             for (const auto& text : value) texts.push_back(string_text(text));
             return fmt::format("[{}]", fmt::join(texts, ", "));
           }});
}

void Section::field(std::string key, std::vector<SettingCase>& value, std::string meaning) {
  const std::string allowed = "a mapping from names to mappings from keys to values, may be empty";
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read = [=, &value](const auto& from, const auto& name) { value = read_cases(from, name, allowed); },
       .write = [&value] { return cases_text(value); }});
}

void Section::pair(std::string key, double& first, double& second, Each each, std::string meaning) {
  const std::string allowed = list_allowed("a list of two numbers", each);
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read =
           [=, &first, &second](const auto& from, const auto& name) {
             const auto numbers = read_list<double>(from, name, each, "a number", allowed);
             if (numbers.size() != 2) refuse_value(from, name, allowed);
             first = numbers[0];
             second = numbers[1];
           },
       .write =
           [&first, &second] {
             return list_text({first, second});
           }});
}

void Section::points(std::string key, std::vector<std::pair<double, double>>& value, std::string x, Range x_range,
                     std::string y, Range y_range, std::string meaning) {
  const std::string x_allowed = bounded(x, x_range);
  const std::string y_allowed = bounded(y, y_range);
  const std::string allowed = fmt::format("[[{0}, {1}], …] with {2}, increasing, and {3}", x, y, x_allowed, y_allowed);
  const auto read = [=, &value](const ConfigValue& from, const std::string& name) {
    std::vector<std::pair<double, double>> read_points;
    for (const auto& item : list_items(from, name, 1, allowed)) {
      const std::string point = fmt::format("each point to be [{}, {}]", x, y);
      if (list_items(item, name, 2, point).size() > 2) refuse_value(item, name, point);
      const double at = read_bounded<double>(item.items[0], name, x_range, "a number as " + x_allowed);
      if (!read_points.empty() && at <= read_points.back().first) {
        refuse_value(item.items[0], name, "each " + x + " to be larger than the one before it");
      }
      read_points.emplace_back(at, read_bounded<double>(item.items[1], name, y_range, "a number as " + y_allowed));
    }
    value = std::move(read_points);
  };
  const auto write = [&value] {
    std::vector<std::string> texts;
    for (const auto& [at, level] : value) texts.push_back(list_text({at, level}));
    return fmt::format("[{}]", fmt::join(texts, ", "));
  };
  add({.key = std::move(key), .meaning = std::move(meaning), .allowed = allowed, .read = read, .write = write});
}

void Section::choice(std::string key, std::string& value, std::vector<Case> cases, std::string meaning) {
  std::vector<std::string> names;
  for (const auto& c : cases) names.push_back(c.name);
  const auto get = [&value, names] {
    return static_cast<std::size_t>(std::ranges::find(names, value) - names.begin());
  };
  add_choice(
      std::move(key), std::move(cases), [&value, names](std::size_t i) { value = names[i]; }, get, std::move(meaning));
}

void Section::add_choice(std::string key, std::vector<Case> cases, std::function<void(std::size_t)> set,
                         std::function<std::size_t()> get, std::string meaning) {
  std::vector<std::string> names;
  std::vector<Alternative> alternatives;
  for (auto& c : cases) {
    names.push_back(c.name);
    alternatives.push_back({c.name, c.meaning, c.keys ? Section(c.keys) : Section()});
  }
  const std::string allowed = listed(names);
  const auto read = [=](const ConfigValue& from, const std::string& name) {
    const auto i = static_cast<std::size_t>(std::ranges::find(names, read_string(from, name, allowed)) - names.begin());
    if (i == names.size()) {
      const std::string meant = nearest(shortened(from.text), names);
      refuse_value(from, name, allowed, meant.empty() ? "" : "did you mean " + meant + "?");
    }
    set(i);
  };
  const auto write = [=] { return names.at(get()); };
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = allowed,
       .read = read,
       .write = write,
       .alternatives = std::move(alternatives),
       .chosen = get});
}

void Section::section(std::string key, std::string meaning, const Describe& describe) {
  add({.key = std::move(key),
       .meaning = std::move(meaning),
       .allowed = "a mapping",
       .section = std::make_unique<Section>(describe)});
}

void Section::plain_value_means(std::string choice, std::string name, std::string key) {
  const Field* field = find_field(all_fields(*this), choice);
  if (field == nullptr || !field->is_choice()) throw std::logic_error("no choice of the key " + choice);
  shorthand_ = {std::move(choice), std::move(name), std::move(key)};
}

void Section::add(Field field) {
  const auto taken = all_fields(*this);
  std::vector<const Field*> added = {&field};
  for (const auto& alternative : field.alternatives) {
    for (const Field* f : all_fields(alternative.keys)) added.push_back(f);
  }
  for (const Field* f : added) {
    if (find_field(taken, f->key) != nullptr || (f != &field && f->key == field.key)) {
      throw std::logic_error("the key " + f->key + " is described twice");
    }
  }
  fields_.push_back(std::move(field));
}

}  // namespace vib
