#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace vib {

struct ConfigValue;
struct Field;
struct SettingCase;

/// The numbers a field accepts: `at_least(0).below(1)`. A default-constructed range accepts every finite number.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;

  Range below(double bound) const { return {low, bound, low_open, true}; }
  Range at_most(double bound) const { return {low, bound, low_open, false}; }
  bool contains(double x) const { return (low_open ? x > low : x >= low) && (high_open ? x < high : x <= high); }
  /// ">= 0 and < 1"; empty when everything is allowed.
  std::string text() const;
};

inline Range any_number() { return {}; }
inline Range above(double bound) { return Range{.low = bound, .low_open = true}; }
inline Range at_least(double bound) { return Range{.low = bound}; }

/// What a list accepts: a range for each element, and a length. `each(at_least(1))` is any non-empty list of numbers
/// >= 1; a list may be empty only where `or_empty()` says so.
struct Each {
  Range range;
  std::size_t shortest = 1;
  bool rises = false;

  Each or_empty() const { return {range, 0, rises}; }
  /// Every element must be larger than the one before it.
  Each increasing() const { return {range, shortest, true}; }
};

inline Each each(Range range) { return {.range = range}; }

/// What a string accepts beyond being a string: the whole of it matches the POSIX extended expression `pattern`;
/// `allowed` says the same to a person, as in `matching("auto|cpu|cuda(:[0-9]+)?", "auto, cpu, cuda or cuda:N")`.
struct Form {
  std::string pattern;
  std::string allowed;
};

inline Form matching(std::string pattern, std::string allowed) { return {std::move(pattern), std::move(allowed)}; }

/// The list of keys of one mapping in a config file, each bound to the variable it sets.
///
/// An options struct is described once, by a function that calls one method per key; loading, overriding, checking,
/// dumping and documenting all follow from that list:
///
///     void describe(Section& s, OptimizerOptions& o) {
///       s.choice("type", o.type, {
///         {"adam", "Adam (Kingma & Ba 2015)", [&](Section& s) {
///           s.pair("betas", o.beta1, o.beta2, each(at_least(0).below(1)), "decay of the two moment averages"); }},
///         {"sgd", "stochastic gradient descent", [&](Section& s) {
///           s.field("momentum", o.momentum, at_least(0), "heavy-ball momentum"); }},
///       }, "the update rule");
///       s.field("lr", o.lr, above(0), "learning rate at the start");
///       s.section("schedule", "how the learning rate moves", [&](Section& s) { describe(s, o.schedule); });
///     }
///
/// The values found in the variables are the defaults. The variables must outlive the section; a description runs each
/// of its lambdas immediately, those of alternatives not chosen too, and only binds, so it may not depend on values.
/// The same key may appear in several alternatives of a choice (usually bound to the same variable), and nowhere else
/// twice: std::logic_error otherwise.
class Section {
 public:
  using Describe = std::function<void(Section&)>;

  /// One alternative of a choice, with the keys that only it has.
  struct Case {
    std::string name;
    std::string meaning = {};
    Describe keys = nullptr;
  };
  template <class E>
  struct EnumCase {
    std::string name;
    E value;
    std::string meaning = {};
    Describe keys = nullptr;
  };

  Section();
  explicit Section(const Describe& describe);
  Section(Section&&) noexcept;
  Section& operator=(Section&&) noexcept;
  ~Section();

  /// `true` or `false`.
  void field(std::string key, bool& value, std::string meaning);
  /// A decimal integer.
  void field(std::string key, std::int64_t& value, Range range, std::string meaning);
  /// A decimal integer from 0 to 2^64 - 1: a seed.
  void field(std::string key, std::uint64_t& value, std::string meaning);
  /// A finite number: `0.001`, `1e-3`.
  void field(std::string key, double& value, Range range, std::string meaning);
  void field(std::string key, std::string& value, std::string meaning);
  void field(std::string key, std::string& value, Form form, std::string meaning);
  void field(std::string key, std::filesystem::path& value, std::string meaning);
  /// What separates the cells of a table: see separator_of().
  void separator(std::string key, char& value, std::string meaning);
  /// `[1024, 1024]`
  void field(std::string key, std::vector<std::int64_t>& value, Each each, std::string meaning);
  void field(std::string key, std::vector<double>& value, Each each, std::string meaning);
  /// `[one, "2, 3"]`; may be empty.
  void field(std::string key, std::vector<std::string>& value, std::string meaning);
  /// `{NAME: {KEY: VALUE, ...}, ...}`: overrides under a name. Mappings below mappings are keys with dots. Whether
  /// there is such a key, and what it takes, is not looked at here.
  void field(std::string key, std::vector<SettingCase>& value, std::string meaning);
  /// `[0.5, 0.999]`: exactly two numbers, into two variables.
  void pair(std::string key, double& first, double& second, Each each, std::string meaning);
  /// `[[0, 1e-5], [10, 1e-3]]`: one or more points whose first coordinates increase. `x` and `y` name the coordinates
  /// in messages.
  void points(std::string key, std::vector<std::pair<double, double>>& value, std::string x, Range x_range,
              std::string y, Range y_range, std::string meaning);

  /// One name out of several, each with keys of its own that stand beside `key` in the same mapping and are allowed
  /// only when that name is chosen.
  void choice(std::string key, std::string& value, std::vector<Case> cases, std::string meaning);
  template <class E>
  requires std::is_enum_v<E>
  void choice(std::string key, E& value, const std::type_identity_t<std::vector<EnumCase<E>>>& cases,
              std::string meaning);

  /// A mapping inside this one.
  void section(std::string key, std::string meaning, const Describe& describe);

  /// Lets a plain value stand where this mapping is expected: `plain_value_means("type", "constant", "value")` reads
  /// `1e-3` as `{type: constant, value: 1e-3}`, and dumps it so. The choice `type` must have been described before.
  void plain_value_means(std::string choice, std::string name, std::string key);

  /// A plain value that stands for a mapping: `{choice: name, key: VALUE}`.
  struct Shorthand {
    std::string choice;
    std::string name;
    std::string key;
  };

  /// For the functions of config_file.h and config_reference.h.
  const std::vector<Field>& fields() const { return fields_; }
  const Shorthand* shorthand() const { return shorthand_.key.empty() ? nullptr : &shorthand_; }

 private:
  void add(Field field);
  void add_choice(std::string key, std::vector<Case> cases, std::function<void(std::size_t)> set,
                  std::function<std::size_t()> get, std::string meaning);

  std::vector<Field> fields_;
  Shorthand shorthand_;
};

template <class E>
requires std::is_enum_v<E>
void Section::choice(std::string key, E& value, const std::type_identity_t<std::vector<EnumCase<E>>>& cases,
                     std::string meaning) {
  std::vector<Case> named;
  std::vector<E> values;
  for (const auto& c : cases) {
    named.push_back({c.name, c.meaning, c.keys});
    values.push_back(c.value);
  }
  add_choice(
      std::move(key), std::move(named), [&value, values](std::size_t i) { value = values[i]; },
      [&value, values] {
        std::size_t i = 0;
        while (i < values.size() && values[i] != value) ++i;
        return i;
      },
      std::move(meaning));
}

}  // namespace vib
