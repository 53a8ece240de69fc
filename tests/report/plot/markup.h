#pragma once

#include <locale>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace vib {

/// Whether `text` is well-formed XML, as far as SVG and our pages use it: tags closed in order, attributes quoted, no
/// bare & or <.
inline testing::AssertionResult is_well_formed(const std::string& text) {
  static const std::regex kTag(R"(<(/?)([A-Za-z0-9]+)((?:\s+[A-Za-z:-]+="[^"<]*")*)\s*(/?)>)");
  static const std::regex kEntity("&(amp|lt|gt|quot);");
  constexpr auto kHere = std::regex_constants::match_continuous;
  std::vector<std::string> open;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 15, "<!doctype html>") == 0) {
      at += 15;
      continue;
    }
    std::smatch match;
    const auto rest = text.begin() + static_cast<std::ptrdiff_t>(at);
    if (text[at] == '&') {
      if (!std::regex_search(rest, text.end(), match, kEntity, kHere)) {
        return testing::AssertionFailure() << "bare & at " << text.substr(at, 40);
      }
    } else if (text[at] == '<') {
      if (!std::regex_search(rest, text.end(), match, kTag, kHere)) {
        return testing::AssertionFailure() << "no tag at " << text.substr(at, 80);
      }
      if (match[1].length() > 0) {
        if (open.empty() || open.back() != match[2]) {
          return testing::AssertionFailure() << "unexpected " << match[0];
        }
        open.pop_back();
      } else if (match[4].length() == 0) {
        open.push_back(match[2]);
      }
    }
    at += match.empty() ? 1 : static_cast<std::size_t>(match[0].length());
  }
  if (!open.empty()) return testing::AssertionFailure() << "never closed: " << open.back();
  return testing::AssertionSuccess();
}

/// Numbers are 1.234,5 while this lives, as in a German locale.
class CommaLocale {
 public:
  CommaLocale() : before_(std::locale::global(std::locale(std::locale::classic(), new Comma))) {}
  ~CommaLocale() { std::locale::global(before_); }
  CommaLocale(const CommaLocale&) = delete;
  CommaLocale& operator=(const CommaLocale&) = delete;

 private:
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  std::locale before_;
};

}  // namespace vib
