#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vib/core/export.h"
#include "vib/data/dataset.h"

namespace vib {

/// What was understood of a column of a table; of other data, of the inputs as a whole and of the targets.
struct ColumnSummary {
  std::string name;
  std::string kind;  ///< "number", "category", "classes" and "values" (targets), "group", "weight", "ignored", or a
                     ///< tensor's type
  std::string range = {};      ///< "min to max", or the first categories, or the examples of each class
  std::int64_t distinct = -1;  ///< different values; kMostDistinct: as many or more; -1: not counted
  std::int64_t missing = 0;    ///< values
};

/// Up to so many different values are counted.
constexpr std::int64_t kMostDistinct = 10'000;

/// Training, validation or test part.
struct PartSummary {
  std::string name;
  std::int64_t examples = 0;
  std::vector<std::int64_t> class_counts = {};  ///< empty where targets are no classes
};

/// Something that looks like a mistake, and the option that answers it.
struct DataWarning {
  std::string what;
  std::string option = {};  ///< empty: none does, and `what` says what to do
  std::string remedy = {};  ///< what to do with the option: follows its name
  bool refused = false;     ///< nobody means this: data are not trained on

  std::string text() const { return option.empty() ? what : what + "; " + option + remedy; }
};

/// What was understood of a data set, for people to look at before they train.
struct DataSummary {
  std::vector<ColumnSummary> columns;
  std::vector<std::string> classes;  ///< names; empty: their numbers
  std::vector<PartSummary> parts;
  std::vector<DataWarning> warnings;
};

/// "0.1 to 7": the range of numbers.
VIB_API std::string range_text(double least, double most);

/// Type, shape and range of the inputs, and the targets: classes with their counts, or mean and deviation of values.
VIB_API std::vector<ColumnSummary> summarize_examples(const Dataset& data,
                                                      const std::vector<std::string>& classes = {});

/// Examples, and those of each class.
VIB_API PartSummary summarize_part(const Dataset& data, const std::string& name);

/// Whether numbers of this range are too close to each other for float32, which has seven digits.
bool too_close_for_float32(double least, double most);

/// What to do then: `option` standardises them first, in float64.
DataWarning numbers_too_close(const std::string& name, double least, double most, const std::string& option);

/// Warns of the first such input and value to predict in float64 that are not standardised. `target_names`: of the
/// values; may be empty.
VIB_API void warn_of_close_numbers(DataSummary& summary, const Dataset& data,
                                   const std::vector<std::string>& target_names = {});

/// Warns of classes without an example, and where classes are only numbers, of so many that they look like values to
/// predict. Refuses less than two classes, and where fewer than a tenth have an example.
VIB_API void warn_of_classes(DataSummary& summary);

/// Whether so many classes that are numbers look like values to predict: more than 20, and than a tenth of the
/// examples.
bool look_like_values(std::int64_t classes, std::int64_t examples);

/// What to do then.
DataWarning values_as_classes(const std::string& what);

/// Throws vib::DataError, `SOURCE: …`, for the first of the warnings that is refused.
VIB_API void refuse_mistakes(const DataSummary& summary, const std::string& source);

/// Warns of classes of which the part `part`, drawn at random, is expected to hold less than one example. `option` says
/// how large the part is.
VIB_API void warn_of_rare_classes(DataSummary& summary, std::size_t part, const std::string& option);

}  // namespace vib
