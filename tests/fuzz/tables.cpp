#include <sstream>
#include <string>

#include "tests/fuzz/driver.h"
#include "tests/fuzz/drivers.h"
#include "vib/data/format/csv.h"
#include "vib/data/sets/table.h"
#include "vib/sweep/points.h"
#include "vib/sweep/results.h"

namespace vib::fuzz {
namespace {

bool same_cells(const CsvFile& block, const CsvFile& whole, std::int64_t first) {
  bool same = block.header() == whole.header() && first + block.rows() <= whole.rows();
  for (std::int64_t row = 0; same && row < block.rows(); ++row) {
    same = block.line(row) == whole.line(first + row);
    for (std::int64_t column = 0; same && column < std::ssize(whole.header()); ++column)
      same = block.cell(row, column) == whole.cell(first + row, column);
  }
  return same;
}

/// The last column is what is predicted: classes first, then values.
TableOptions options(const std::filesystem::path& path, const std::string& target, TargetKind kind) {
  const bool values = kind == TargetKind::values;
  return TableOptions(path, {target})
      .target_kind(kind)
      .missing(values ? Missing::mean : Missing::drop)
      .drop_missing_targets(values)
      .test_share(0)
      .split(SplitOptions().validation(0));
}

}  // namespace

void csv(std::string_view input) {
  const auto whole = read_csv(file_of(input));
  std::istringstream stream{std::string(input)};
  CsvBlocks blocks(stream, "stream");
  std::int64_t rows = 0;
  for (auto block = blocks.next(); block; block = blocks.next()) {
    expect(same_cells(*block, whole, rows), "read in blocks, a file holds other cells");
    rows += block->rows();
  }
  expect(rows == whole.rows(), "read in blocks, a file holds another number of rows");
}

void table(std::string_view input) {
  const auto path = file_of(input);
  const auto target = read_csv(path).header().back();
  for (const auto kind : {TargetKind::classes, TargetKind::values}) {
    try {
      const auto table = load_table(options(path, target, kind));
      expect(table.splits.train.inputs.isfinite().all().item<bool>(), "an input is not finite");
      read_table(path, table.encoding);
    } catch (const Error&) {  // the other kind of target may do
    }
  }
}

void sweep_csv(std::string_view input) {
  const auto points = points_of(parse_sweep(input));
  (void)pareto_front(points);
  (void)best_by_validation(points);
}

}  // namespace vib::fuzz
