#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vib {

/// The numbers of one split by the keys of their metrics, "nll_bits", as in summary.json: those that there are.
using SplitNumbers = std::map<std::string, double>;

/// NaN where there is none.
double number_of(const SplitNumbers& numbers, const std::string& key);

/// A row of sweep.csv: a trial that has ended.
struct SweepTrial {
  std::vector<std::string> settings;  ///< the value of every key of SweepResults::keys, as in an override
  std::string repeat;                 ///< its seed, fold or both; empty where it is not known
  std::string run;                    ///< its directory in SWEEP/runs
  bool diverged = false;              ///< then it has no numbers
  bool deterministic = false;
  SplitNumbers test, validation;
};

/// The runs of the best setting, evaluated as one model: SWEEP/ensemble.json.
struct SweepEnsemble {
  std::vector<std::string> runs;  ///< as SweepTrial::run
  SplitNumbers test;
};

/// What a sweep has found so far.
struct SweepResults {
  std::vector<std::string> keys;  ///< the swept keys but those that repeat a setting, as "objective.beta"
  std::vector<SweepTrial> trials;
  std::string repeat = "seed";  ///< what the trials of one setting differ in: "seed", "fold", "split", or "repeat"
  std::optional<SweepEnsemble> ensemble = std::nullopt;  ///< where a setting could be chosen and has several runs
};

/// Whether any trial has the number on the test set.
bool has_number(const SweepResults& results, const std::string& key);

/// Reads sweep.csv; `file` is the name that messages carry. Throws vib::StateError, `FILE:LINE: …`, for a damaged
/// table and for one without trials.
SweepResults parse_sweep(std::string_view csv, const std::string& file = "sweep.csv");

/// The same from SWEEP/sweep.csv, with SWEEP/ensemble.json. Throws vib::StateError where there is no sweep.csv, too.
SweepResults read_sweep(const std::filesystem::path& sweep);

/// The number that a field is; nothing for "mlp", "[512, 512]" or "nan". The same in every locale.
std::optional<double> number_in(std::string_view field);

}  // namespace vib
