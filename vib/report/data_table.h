#pragma once

#include <string>

#include "vib/data/summary.h"

namespace vib {

/// What was understood of data, for people at a terminal: a table of the columns, one of the parts with the examples of
/// each class, and the warnings.
std::string data_table(const DataSummary& summary);

}  // namespace vib
