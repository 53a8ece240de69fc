#pragma once

#include "vib/core/json.h"
#include "vib/serve/served_runs.h"

namespace vib {

/// Keeps the temperature that was fitted for the probabilities of these runs: `temperature.json` beside them, with
/// whatever `fit` tells of it.
void write_temperature(const ServedRuns& served, double temperature, const Json& fit);

/// Reads it. Throws vib::StateError where there is none of these runs.
double read_temperature(const ServedRuns& served);

}  // namespace vib
