#pragma once

#include <string>
#include <vector>

#include "vib/data/download/catalog.h"

namespace vib::app {

/// The library's catalogue, and the data sets of the JSON file that $VIB_CATALOG names, if it names one; an entry of
/// the file replaces the library's of the same name:
///
///     [{"name": "parts", "about": "photographs of parts", "licence": "internal", "home": "",
///       "mirrors": ["https://files.example.com/parts/"],
///       "files": [{"name": "train.tar", "bytes": 1048576, "sha256": "64 hexadecimal digits"}]}]
///
/// `about`, `licence`, `home` and `bytes` may be missing. Throws vib::ConfigError for a file that is not so.
std::vector<CatalogEntry> known_data();

/// The entry of this name. Throws vib::ConfigError with the known names, the nearest one first.
CatalogEntry find_data(const std::string& name);

}  // namespace vib::app
