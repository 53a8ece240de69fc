#include "vib/serve/temperature_file.h"

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {
namespace {

std::filesystem::path temperature_file(const ServedRuns& served) { return served.path / "temperature.json"; }

std::string command(const ServedRuns& served) {
  return fmt::format("vib evaluate {}{} --temperature", served.path.string(),
                     served.setting.empty() ? "" : fmt::format(" --setting '{}'", served.setting));
}

}  // namespace

void write_temperature(const ServedRuns& served, double temperature, const Json& fit) {
  Json json = {{"temperature", temperature}, {"runs", served.names()}};
  json.update(fit);
  write_file_atomically(temperature_file(served), json_text(json, 2) + '\n');
}

double read_temperature(const ServedRuns& served) {
  const auto file = temperature_file(served);
  if (!std::filesystem::exists(file))
    throw StateError(fmt::format("{}: no temperature was fitted yet; `{}` fits it to the validation split",
                                 served.path.string(), command(served)));
  const auto anew = fmt::format("the file is damaged; `{}` writes it anew", command(served));
  return read_json(file, anew, [&](const JsonEntry& json) {
    const auto temperature = json.at("temperature").number();
    if (!(temperature > 0)) json.at("temperature").refuse("above 0");
    // A run may have been moved; the members of a sweep have not.
    if (served.sweep && json.at("runs").texts() != served.names())
      throw StateError(fmt::format("{}: was fitted for other runs of the sweep; `{}` fits it for these", file.string(),
                                   command(served)));
    return temperature;
  });
}

}  // namespace vib
