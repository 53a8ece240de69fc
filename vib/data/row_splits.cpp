#include "vib/data/row_splits.h"

#include <fmt/format.h>

#include "vib/core/error.h"
#include "vib/core/random.h"
#include "vib/data/dataset.h"

namespace vib {

RowSplits split_rows(std::int64_t rows, std::int64_t test, std::int64_t validation, std::uint64_t seed,
                     const std::string& source) {
  if (test < 0 || validation < 0 || test >= rows || validation >= rows - test) {
    throw DataError(
        fmt::format("{}: {} examples cannot give {} to test and {} to validation and leave one to train on; lower "
                    "data.validation or the test part",
                    source, rows, test, validation));
  }
  // The numbers of the rows are held out in place of the examples, which are then copied once at the most.
  Dataset numbers;
  numbers.inputs = numbers.targets = torch::arange(rows);
  const auto without_test = hold_out(numbers, {}, test, derive_seed(seed, Stream::split));
  const auto splits = hold_out(without_test.train, {}, validation, seed);
  return {.train = splits.train.inputs, .validation = splits.validation.inputs, .test = without_test.validation.inputs};
}

}  // namespace vib
