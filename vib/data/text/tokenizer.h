#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vib {

/// `text` with ASCII letters in lower case and a blank for every byte that is no part of a word. Words are the maximal
/// runs of a-z, 0-9, the apostrophe, and UTF-8 characters beyond ASCII, which stay as they are: letters with accents,
/// but also typographic quotes and dashes. HTML's line breaks (`<br>`, `<br/>`, `<br />`, in either case) are blanks as
/// a whole; no other markup is known, so that `<i>` leaves the word "i". A byte that is part of no well-formed UTF-8
/// character separates words, so that words are always valid UTF-8.
std::string normalize_text(std::string_view text);

/// The words of `text` in order.
std::vector<std::string> tokenize(std::string_view text);

/// Calls `visit` with each word (a view that lasts for the call).
template <typename Visit>
void for_each_word(std::string_view text, Visit&& visit) {
  const std::string normal = normalize_text(text);
  const std::string_view view = normal;
  for (std::size_t begin = 0, end = 0; (begin = view.find_first_not_of(' ', end)) != view.npos;) {
    end = view.find(' ', begin);
    if (end == view.npos) end = view.size();
    visit(view.substr(begin, end - begin));
  }
}

}  // namespace vib
