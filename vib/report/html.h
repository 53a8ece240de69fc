#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vib/report/table.h"

namespace vib {

/// A page of its own around `body`: the title as heading, a line under it, and the style of every report, light or dark
/// as the reader's system asks. Nothing is fetched from elsewhere.
std::string html_page(std::string_view title, std::string_view subtitle, std::string_view body);

/// A part of a page: a heading over `content`, which is markup.
std::string html_section(std::string_view title, std::string_view content);

/// A paragraph in a quiet colour; `content` is markup.
std::string html_note(std::string_view content);

/// Links to the files of pictures, NAME.svg, and of their numbers, NAME.csv, as a note.
std::string html_sources(const std::vector<std::string>& names);

std::string html_table(const TextTable& table);

}  // namespace vib
