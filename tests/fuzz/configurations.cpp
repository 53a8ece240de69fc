#include <string>
#include <vector>

#include "tests/fuzz/driver.h"
#include "tests/fuzz/drivers.h"
#include "vib/config/axis.h"
#include "vib/core/error.h"
#include "vib/experiment/experiment_config.h"

namespace vib::fuzz {

/// A configuration, and behind a line `%%` an override on each line.
void yaml(std::string_view input) {
  constexpr std::string_view kOverrides = "\n%%\n";
  const auto end = std::min(input.find(kOverrides), input.size());
  std::vector<std::string> overrides;
  for (auto rest = input.substr(std::min(end + kOverrides.size(), input.size())); !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    overrides.emplace_back(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  const auto config = load_experiment_config(file_of(input.substr(0, end)), overrides);
  const auto resolved = dump_experiment_config(config);
  try {
    const auto again = dump_experiment_config(load_experiment_config(file_of(resolved), {}));
    expect(again == resolved, "a resolved configuration, loaded and dumped, is another one");
  } catch (const Error&) {
    expect(false, "a resolved configuration is refused");
  }
}

void axis(std::string_view input) { (void)parse_axis(std::string(input)); }

}  // namespace vib::fuzz
