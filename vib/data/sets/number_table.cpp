#include "vib/data/sets/number_table.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/csv.h"
#include "vib/core/error.h"
#include "vib/core/utf8.h"
#include "vib/data/format/csv.h"
#include "vib/data/format/file_kind.h"
#include "vib/data/format/read_tensor.h"
#include "vib/data/sets/table_encoding.h"

namespace vib {
namespace {

/// What is wrong with a cell that is no number, and the way out.
std::string refused_cell(std::string_view cell, char separator, bool first_line, const std::string& what) {
  const auto other = cell.find_first_of("\t;,| ");
  const auto shown = cell.empty() ? std::string("nothing") : fmt::format("\"{}\"", on_one_line(cell));
  if (other != std::string_view::npos && cell[other] != separator)
    return fmt::format("found {}; cells are separated by \"{}\" here, in a .tsv by tabs, and hold numbers alone", shown,
                       separator_name(separator));
  return fmt::format("found {}; {} holds finite numbers alone{}", shown, what,
                     first_line ? ", no header: where this line names the columns, leave it out" : "");
}

torch::Tensor read_number_text(const std::string& source, const std::string& what) {
  require_text(source, fmt::format("{}: a CSV file of numbers, or FILE.npy, FILE.npz:NAME, FILE.pt:NAME, "
                                   "FILE.safetensors:NAME",
                                   what));
  auto text = read_file(source);
  const char separator = separator_in(source, ',');
  CsvReader reader(text, separator);
  std::vector<double> numbers;
  std::vector<std::string_view> cells;
  std::size_t columns = 0;
  std::int64_t rows = 0;
  for (; reader.next(cells); ++rows) {
    if (rows == 0) columns = cells.size();
    const auto place = fmt::format("{}:{}", source, reader.line());
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const auto value = cell_value(cells[column], {});
      if (!parse_number(value, numbers.emplace_back()))
        throw DataError(
            fmt::format("{}: column {}: {}", place, column + 1, refused_cell(value, separator, rows == 0, what)));
    }
    if (cells.size() != columns)
      throw DataError(fmt::format("{}: expected {} number{} as in the first row, found {}", place, columns,
                                  columns == 1 ? "" : "s", cells.size()));
  }
  if (rows == 0) throw DataError(fmt::format("{}: is empty; expected {}: a row of numbers on each line", source, what));
  return torch::tensor(numbers, torch::kFloat64).view({rows, static_cast<std::int64_t>(columns)});
}

}  // namespace

torch::Tensor read_number_table(const std::string& source, const std::string& what) try {
  return names_tensor(source) ? read_tensor(source) : read_number_text(source, what);
} catch (const CsvError& e) {
  throw DataError(fmt::format("{}:{}: {}", source, e.line(), e.what()));
}

}  // namespace vib
