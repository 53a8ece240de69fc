#pragma once

#include <string>
#include <string_view>

#include "vib/report/table.h"

namespace vib {

/// A page of its own around `body`: the title as heading, a line under it, and the style of every report, light or dark
/// as the reader's system asks. Nothing is fetched from elsewhere.
std::string html_page(std::string_view title, std::string_view subtitle, std::string_view body);

std::string html_table(const Table& table);

}  // namespace vib
