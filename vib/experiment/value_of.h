#pragma once

#include <string>

#include "vib/config/field.h"
#include "vib/experiment/part.h"

namespace vib {

/// The value of the chosen part's `key`, as a configuration writes it, or "" where it has no such key. `choice` is the
/// key that chooses.
template <class Kind>
std::string value_of(Chosen<Kind> chosen, const std::string& choice, const std::string& key) {
  const Section section([&](Section& s) { chosen.describe(s, choice, ""); });
  const Field* field = find_field(fields_in_use(section), key);
  return field == nullptr ? "" : field->write();
}

}  // namespace vib
