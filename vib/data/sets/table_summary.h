#pragma once

#include <cstdint>
#include <string>

#include "vib/data/format/csv.h"
#include "vib/data/sets/table.h"
#include "vib/data/summary.h"

namespace vib {

/// Whether so many classes that are numbers look like values to predict: more than 20, and than a tenth of the
/// examples.
bool look_like_values(std::int64_t classes, std::int64_t examples);

/// What to do then.
DataWarning values_as_classes(const std::string& what);

/// What was understood of each column of `file`, the classes' names, and warnings of what looks like a mistake: a
/// column that tells rows apart, is constant, has no name, holds decimal commas or numbers but for a few cells, and a
/// numeric target with many classes. `encoding` nullptr: columns are numbers where every value is one.
DataSummary summarize_table(const CsvFile& file, const TableOptions& options, const TableEncoding* encoding = nullptr);

}  // namespace vib
