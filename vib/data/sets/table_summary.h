#pragma once

#include "vib/data/format/csv.h"
#include "vib/data/sets/table.h"
#include "vib/data/summary.h"

namespace vib {

/// What was understood of each column of `file`, the classes' names, and warnings of what looks like a mistake: a
/// column that tells rows apart, is constant, has no name, holds decimal commas or numbers but for a few cells, and a
/// numeric target with many classes. `encoding` nullptr: columns are numbers where every value is one.
DataSummary summarize_table(const CsvFile& file, const TableOptions& options, const TableEncoding* encoding = nullptr);

}  // namespace vib
