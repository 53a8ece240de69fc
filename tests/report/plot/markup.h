#pragma once

#include <algorithm>
#include <locale>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace vib {

/// A tag that begins at text[at]: its length, 0 where it is none. Written by hand: std::regex recurses for every
/// character of a long path.
struct Tag {
  std::string name = {};
  bool closes = false, is_empty = false;
  std::size_t length = 0;
};

inline Tag tag_at(const std::string& text, std::size_t at) {
  static const std::string kName = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-", kSpace = " \n\t";
  const auto skip = [&](std::size_t from, const std::string& set) {
    return std::min(text.find_first_not_of(set, from), text.size());
  };
  Tag tag;
  auto here = at + 1;
  if (text.compare(here, 1, "/") == 0) tag.closes = true, ++here;
  auto end = skip(here, kName);
  tag.name = text.substr(here, end - here);
  if (tag.name.empty()) return {};
  while (true) {
    here = skip(end, kSpace);
    if (text.compare(here, 1, "/") == 0) tag.is_empty = true, ++here;
    if (text.compare(here, 1, ">") == 0) {
      tag.length = here + 1 - at;
      return tag;
    }
    const auto value = skip(here, kName);
    if (tag.is_empty || here == end || value == here || text.compare(value, 2, "=\"") != 0) return {};
    end = text.find_first_of("\"<", value + 2);
    if (end == std::string::npos || text[end] == '<') return {};
    ++end;
  }
}

/// Whether `text` is well-formed XML, as far as SVG and our pages use it: tags closed in order, attributes quoted, no
/// bare & or <.
inline testing::AssertionResult is_well_formed(const std::string& text) {
  static const std::regex kEntity("&(amp|lt|gt|quot);");
  std::vector<std::string> open;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 15, "<!doctype html>") == 0) {
      at += 15;
      continue;
    }
    if (text[at] == '&' && !std::regex_search(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), kEntity,
                                              std::regex_constants::match_continuous))
      return testing::AssertionFailure() << "bare & at " << text.substr(at, 40);
    if (text[at] != '<') {
      ++at;
      continue;
    }
    const auto tag = tag_at(text, at);
    if (tag.length == 0) return testing::AssertionFailure() << "no tag at " << text.substr(at, 80);
    if (tag.closes) {
      if (open.empty() || open.back() != tag.name) return testing::AssertionFailure() << "unexpected /" << tag.name;
      open.pop_back();
    } else if (!tag.is_empty) {
      open.push_back(tag.name);
    }
    at += tag.length;
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
