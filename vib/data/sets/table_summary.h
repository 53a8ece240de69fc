#pragma once

#include <cstdint>
#include <string>

#include "vib/data/format/csv.h"
#include "vib/data/sets/table.h"
#include "vib/data/summary.h"

namespace vib {

/// What was understood of each column of `file`, the classes and the rows of each, and warnings of what looks like a
/// mistake: a column that tells rows apart, is constant, has no name, holds the same in several spellings or numbers
/// too close for float32, and a numeric target with many classes. Refused is a column that holds numbers, but not all
/// of them plainly written. `encoding` nullptr: columns are numbers where every value is one.
DataSummary summarize_table(const CsvFile& file, const TableOptions& options, const TableEncoding* encoding = nullptr);

}  // namespace vib
