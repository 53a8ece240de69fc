#pragma once

#include <string>

#include "vib/core/json.h"

namespace vib {

/// What evaluate_served() found of a sweep, as text: for each split the runs together and the mean of what each has
/// alone, and which runs these are.
std::string ensemble_table(const Json& result);

/// What fit_temperature_of() found, as text: before and after.
std::string temperature_table(const Json& fit);

}  // namespace vib
