#pragma once

#include <string>

#include "vib/config/section.h"

namespace vib {

/// Every key `root` describes as Markdown: a heading per top-level section, a table of key, default, allowed values and
/// meaning, and a table per alternative of each choice for the keys only that alternative has.
std::string config_reference(const Section::Describe& root);

}  // namespace vib
