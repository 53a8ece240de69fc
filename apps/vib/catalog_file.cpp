#include "apps/vib/catalog_file.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "vib/config/suggestion.h"
#include "vib/core/atomic_file.h"
#include "vib/core/error.h"
#include "vib/core/json.h"

namespace vib::app {
namespace {

/// Names become files and folders, and stay where they are put.
void require_plain(const std::string& name, const std::string& file) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  if (name.empty() || name.front() == '.' || name.find_first_not_of(kAllowed) != std::string::npos)
    throw ConfigError(
        fmt::format("{}: the name '{}' must be of letters, digits, '.', '_' and '-', and not begin "
                    "with '.'",
                    file, name));
}

CatalogFile read_catalog_file(const JsonEntry& json, const std::string& file) {
  const auto bytes = json.find("bytes");
  CatalogFile result{json.at("name").text(), bytes ? static_cast<std::uint64_t>(bytes->integer(0)) : 0,
                     json.at("sha256").text()};
  require_plain(result.name, file);
  if (result.sha256.size() != 64 || result.sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw ConfigError(fmt::format("{}: {}: sha256 must be 64 hexadecimal digits in lower case", file, result.name));
  return result;
}

CatalogEntry read_entry(const JsonEntry& json, const std::string& file) {
  const auto optional = [&](const char* key) {
    const auto entry = json.find(key);
    return entry ? entry->text() : "";
  };
  CatalogEntry entry{.name = json.at("name").text(),
                     .about = optional("about"),
                     .licence = optional("licence"),
                     .home = optional("home"),
                     .mirrors = json.at("mirrors").texts()};
  require_plain(entry.name, file);
  for (auto& mirror : entry.mirrors)
    if (!mirror.ends_with('/')) mirror += '/';
  for (const auto& item : json.at("files").items()) entry.files.push_back(read_catalog_file(item, file));
  if (entry.files.empty()) throw ConfigError(fmt::format("{}: {}: files must name a file", file, entry.name));
  return entry;
}

std::vector<CatalogEntry> read_catalog(const std::string& file) {
  try {
    std::vector<CatalogEntry> entries;
    const auto json = parse_json(read_file(file));
    for (const auto& item : JsonEntry(json).items()) entries.push_back(read_entry(item, file));
    return entries;
  } catch (const JsonError& e) {
    throw ConfigError(
        fmt::format("{}; expected [{{\"name\": ..., \"mirrors\": [...], \"files\": [{{\"name\": ..., "
                    "\"bytes\": ..., \"sha256\": ...}}]}}]",
                    e.in(file)));
  } catch (const StateError& e) {
    throw ConfigError(fmt::format("VIB_CATALOG: {}", e.what()));
  }
}

}  // namespace

std::vector<CatalogEntry> known_data() {
  auto entries = catalog();
  const char* file = std::getenv("VIB_CATALOG");
  if (file == nullptr || *file == '\0') return entries;
  for (auto& entry : read_catalog(file)) {
    const auto same = std::ranges::find(entries, entry.name, &CatalogEntry::name);
    if (same == entries.end())
      entries.push_back(std::move(entry));
    else
      *same = std::move(entry);
  }
  return entries;
}

CatalogEntry find_data(const std::string& name) {
  std::vector<std::string> names;
  for (auto& entry : known_data()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  const auto meant = nearest(name, names);
  throw ConfigError(fmt::format("there is no data set '{}'{}; there are {}", name,
                                meant.empty() ? "" : fmt::format(": did you mean {}?", meant), listed(names)));
}

}  // namespace vib::app
