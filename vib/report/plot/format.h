#pragma once

#include <string>
#include <string_view>

namespace vib {

/// A whole number with its thousands apart, `41,200`; the same in every locale. Not finite: `nan`, `inf`.
std::string grouped(double value);

/// A time span to the second: `1:12`, `2:05:00`.
std::string clock_time(double seconds);

/// `text` made safe between the tags and inside the attributes of SVG and HTML: control characters become spaces, and
/// what is not UTF-8 becomes U+FFFD.
std::string escape_markup(std::string_view text);

/// UTF-8 text of at most `most` characters: of a longer one the middle is left out, with "…" in its place, since names
/// of one kind often differ at their end.
std::string abbreviated(std::string_view text, int most);

}  // namespace vib
