#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "vib/config/section.h"

namespace vib {

/// Where each value of a loaded configuration came from, for mistakes that only show when values are seen together.
class ConfigOrigins {
 public:
  explicit ConfigOrigins(std::string file = "") : file_(std::move(file)) {}

  /// "FILE:LINE:COLUMN" of the value of the dotted `key`, "command line: KEY=VALUE", or "default" when nobody gave it.
  std::string where(const std::string& key) const;

  /// Throws vib::ConfigError `WHERE: key: message`, as load_config does; WHERE is the file's name for a default.
  [[noreturn]] void fail(const std::string& key, const std::string& message) const;

  void record(const std::string& key, std::string where) { where_[key] = std::move(where); }

 private:
  std::string file_;
  std::map<std::string, std::string> where_;
};

/// Reads the YAML file `path` into the variables bound by `root`, then `overrides` (`train.epochs=2`) over it.
///
/// Keys the file leaves out keep the value their variable has. An override's value is YAML too: a number, `[512, 512]`
/// or `{type: linear, to: 1e-3}`. It replaces what the file says for that key, a mapping as a whole; of two overrides
/// of one key the last holds. Overriding the key of a choice (`optimizer.type=sgd`) drops from the file the keys that
/// only the alternatives not chosen have, and keeps the ones they share; nothing is dropped that was given on the
/// command line.
///
/// Throws vib::ConfigError on the first mistake, `FILE:LINE:COLUMN: key: what is wrong, what is allowed, did you mean`
/// (`command line: KEY=VALUE: …` for an override): unreadable or empty file, no YAML, unknown or repeated key, wrong
/// type, out of range. The variables are then partly set.
ConfigOrigins load_config(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                          const Section::Describe& root);

/// The configuration in the variables bound by `root` as YAML: every key that is in use, in the order of the
/// description. Loading it gives the same variables, and dumping them again the same bytes.
std::string dump_config(const Section::Describe& root);

}  // namespace vib
