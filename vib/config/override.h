#pragma once

#include <string>

#include "vib/config/section.h"
#include "vib/config/value.h"

namespace vib {

/// Puts the override `text` ("train.epochs=2") over the `file` that `root` describes, by the rules of load_config.
/// Throws vib::ConfigError unless it reads KEY=VALUE with a value in YAML; an unknown key stays in the tree for reading
/// to complain about.
void apply_override(ConfigValue& file, const Section& root, const std::string& text);

}  // namespace vib
