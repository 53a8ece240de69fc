#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "vib/config/value.h"

namespace vib {

/// More values than this are taken for a mistake, of one axis and of a whole sweep.
inline constexpr std::size_t kMostTrials = 10'000;

/// One key of a sweep and the values it takes.
struct SweepAxis {
  std::string key;
  std::vector<std::string> values;  ///< each as one would write it in an override
  std::string text;                 ///< KEY=SPEC, as written
  Place place;                      ///< "command line: KEY=SPEC", or "FILE:LINE:COLUMN: sweep.vary: KEY=SPEC"
};

/// The axis that the argument `text` names:
///
///     KEY=V1,V2,...       these values; a comma inside [], {} or quotes does not separate
///     KEY=log:LO:HI:N     N values from LO to HI, both included, at equal ratios, rounded to 6 significant digits
///     KEY=lin:LO:HI:N     the same at equal distances
///     KEY=A..B            the integers from A to B
///
/// Nothing where it is an override of one value instead, or none at all: apply_override's business. Throws
/// vib::ConfigError `PLACE: what is wrong, what is allowed`, for a value given twice, too; of the values themselves
/// nothing is known here.
std::optional<SweepAxis> parse_axis(const std::string& text, const Place& place);
/// The same for an argument of the command line.
std::optional<SweepAxis> parse_axis(const std::string& text);

}  // namespace vib
