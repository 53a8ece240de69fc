#include "vib/sweep/plan.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/config/axis.h"
#include "vib/core/error.h"
#include "vib/sweep/cases.h"
#include "vib/sweep/trial_names.h"

namespace vib {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kGrammar = "KEY=v1,v2,..., KEY=log:LO:HI:N, KEY=lin:LO:HI:N or KEY=A..B";

SweepAxis* find_axis(std::vector<SweepAxis>& axes, const std::string& key) {
  const auto found = std::ranges::find(axes, key, &SweepAxis::key);
  return found == axes.end() ? nullptr : &*found;
}

void add_axis(std::vector<SweepAxis>& axes, SweepAxis axis) {
  if (axis.key.starts_with("sweep.")) refuse(axis.place, "", "a key of the sweep itself cannot vary");
  if (const auto* first = find_axis(axes, axis.key))
    refuse(axis.place, "", fmt::format("{} varies already, by {}", axis.key, shortened(first->text)));
  axes.push_back(std::move(axis));
}

struct Arguments {
  std::vector<SweepAxis> axes;
  std::vector<std::string> overrides;

  bool overrides_key(const std::string& key) const {
    return std::ranges::any_of(overrides, [&](const auto& text) { return text.starts_with(key + "="); });
  }
};

Arguments read_arguments(const std::vector<std::string>& texts) {
  Arguments arguments;
  for (const auto& text : texts) {
    auto axis = parse_case_axis(text);
    if (!axis) axis = parse_axis(text);
    if (axis) {
      add_axis(arguments.axes, std::move(*axis));
    } else {
      arguments.overrides.push_back(text);
    }
  }
  for (const auto& axis : arguments.axes)
    if (arguments.overrides_key(axis.key)) refuse(axis.place, "", axis.key + " has one value by another argument");
  return arguments;
}

std::vector<SweepAxis> read_vary(const std::vector<std::string>& vary, const ConfigOrigins& origins) {
  std::vector<SweepAxis> axes;
  for (const auto& text : vary) {
    const Place place{fmt::format("{}: sweep.vary: {}", origins.where("sweep.vary"), shortened(text))};
    auto axis = parse_axis(text, place);
    if (!axis) refuse(place, "", fmt::format("expects {}; with commas in quotes: \"seed=0,1,2\"", kGrammar));
    if (axis->key == kCaseKey) refuse(place, "", "cases are given under sweep.cases");
    add_axis(axes, std::move(*axis));
  }
  return axes;
}

std::vector<SweepAxis> merged(std::vector<SweepAxis> axes, const Arguments& arguments) {
  std::erase_if(axes, [&](const auto& axis) { return arguments.overrides_key(axis.key); });
  for (const auto& axis : arguments.axes) {
    if (auto* in_file = find_axis(axes, axis.key)) {
      *in_file = axis;
    } else {
      axes.push_back(axis);
    }
  }
  return axes;
}

void check_size(const std::vector<SweepAxis>& axes, const std::vector<SettingCase>& cases,
                const std::filesystem::path& file) {
  if (axes.empty() && cases.empty()) {
    throw ConfigError(
        fmt::format("{0}: nothing to vary; give a key several values ({1}), in the file under sweep.vary or here: vib "
                    "sweep {0} objective.beta=log:1e-6:1:13 seed=0..4",
                    file.string(), kGrammar));
  }
  std::size_t trials = std::max<std::size_t>(cases.size(), 1);
  std::vector<std::string> factors;
  if (!cases.empty()) factors.push_back(fmt::format("{} ({})", kCaseKey, cases.size()));
  for (const auto& axis : axes) {
    trials = std::min(trials, kMostTrials + 1) * axis.values.size();  // no overflow, whatever follows
    factors.push_back(fmt::format("{} ({})", axis.key, axis.values.size()));
  }
  if (trials > kMostTrials)
    throw ConfigError(
        fmt::format("{}: {} make more than {} trials", file.string(), fmt::join(factors, " x "), kMostTrials));
}

/// Every combination, the last axis fastest.
std::vector<Values> combinations(const std::vector<SweepAxis>& axes) {
  std::vector<Values> all(1);
  for (const auto& axis : axes) {
    std::vector<Values> longer;
    for (const auto& begun : all) {
      for (const auto& value : axis.values) {
        longer.push_back(begun);
        longer.back().emplace_back(axis.key, value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

/// `text` as a part of a file name: what some file system objects to becomes a dash, one for several, none at the ends.
std::string file_name_part(const std::string& text) {
  std::string part;
  for (const char c : text) {
    const bool safe =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("._+-").find(c) != std::string_view::npos;
    if (safe) part += c;
    if (!safe && !part.empty() && part.back() != '-') part += '-';
  }
  part.resize(part.find_last_not_of('-') + 1);
  return part;
}

/// The last component of `key`, with as much in front as tells it from those of the other axes.
std::string short_key(const std::string& key, const std::vector<SweepAxis>& axes) {
  for (auto dot = key.rfind('.'); dot != std::string::npos && dot > 0; dot = key.rfind('.', dot - 1)) {
    const auto tail = key.substr(dot + 1);
    const auto ends_so = [&](const SweepAxis& other) {
      return other.key != key && (other.key == tail || other.key.ends_with("." + tail));
    };
    if (std::ranges::none_of(axes, ends_so)) return tail;
  }
  return key;
}

std::vector<SweepAxis> axes_in(const SettingCase& of, std::vector<SweepAxis> axes) {
  for (auto& axis : axes)
    if (const auto value = settled(axis.key, of)) axis.values = {*value};
  return axes;
}

/// What all trials of a sweep share.
struct Source {
  std::filesystem::path file;
  std::vector<std::string> overrides;
  std::vector<SweepAxis> axes;
  std::string vary_place;  ///< of sweep.vary in the file
  bool named = false;      ///< whether trials tell their case
};

ExperimentConfig load_trial(const Source& source, const SettingCase& of, const std::vector<std::string>& overrides) {
  try {
    return load_experiment_config(source.file, overrides);
  } catch (const ConfigError& e) {
    // Values of axes and cases are overrides too, and the message takes them for the command line's.
    const std::string command_line = "command line: ", message = e.what();
    const auto names = [&](const std::string& key) { return message.starts_with(command_line + key + "="); };
    for (const auto& setting : of.settings)
      if (names(setting.key) && !setting.place.text.empty())
        throw ConfigError(
            fmt::format("{}: sweep.cases.{}: {}", setting.place.text, of.name, message.substr(command_line.size())));
    for (const auto& axis : source.axes) {
      if (!axis.place.command_line && names(axis.key))
        throw ConfigError(fmt::format("{}: sweep.vary: {}", source.vary_place, message.substr(command_line.size())));
    }
    throw;
  }
}

Trial make_trial(const Source& source, const SettingCase& of, Values values, TrialNames& names) {
  auto overrides = source.overrides;
  std::vector<std::string> parts;
  if (!of.name.empty()) parts.push_back(file_name_part(of.name));
  for (const auto& setting : of.settings) overrides.push_back(setting.key + "=" + setting.value);
  for (const auto& [key, value] : values) {
    if (settled(key, of)) continue;
    overrides.push_back(key + "=" + value);
    const auto part = file_name_part(value);
    parts.push_back(short_key(key, source.axes) + (part.empty() ? "" : "-" + part));
  }
  if (source.named) values.insert(values.begin(), {kCaseKey, of.name});
  return {.name = names.take(fmt::format("{}", fmt::join(parts, "_"))),
          .values = std::move(values),
          .config = load_trial(source, of, overrides)};
}

void add_trials(const Source& source, const SettingCase& of, TrialNames& names, std::vector<Trial>& trials) {
  for (auto& values : combinations(axes_in(of, source.axes)))
    trials.push_back(make_trial(source, of, std::move(values), names));
}

std::string without_beta(ExperimentConfig config) {
  config.beta = {};
  return dump_experiment_config(config);
}

/// Without a rate β means nothing, so any deterministic trial is the baseline of its seed and other keys.
void add_baselines(const Source& source, TrialNames& names, std::vector<Trial>& trials) {
  std::map<std::string, std::size_t> deterministic;  // the first of those that differ in β only
  for (std::size_t i = 0; i < trials.size(); ++i)
    if (trials[i].config.model.bottleneck.deterministic()) deterministic.emplace(without_beta(trials[i].config), i);
  std::vector<Trial> baselines;
  add_trials(source, baseline_case(), names, baselines);
  for (auto& baseline : baselines) {
    const auto same = deterministic.find(without_beta(baseline.config));
    if (same == deterministic.end()) {
      baseline.baseline = true;
      trials.push_back(std::move(baseline));
    } else {
      trials[same->second].baseline = true;
    }
  }
}

void check_differ(const Source& source, const std::vector<Trial>& trials) {
  std::map<std::string, std::string> seen;
  for (const auto& trial : trials) {
    const auto [first, is_new] = seen.emplace(dump_experiment_config(trial.config), trial.name);
    if (!is_new)
      throw ConfigError(fmt::format("{}: the trials {} and {} are the same: one axis{} undoes another",
                                    source.file.string(), first->second, trial.name, source.named ? " or case" : ""));
  }
}

std::vector<std::vector<std::size_t>> grouped(const std::vector<Trial>& trials) {
  std::vector<std::vector<std::size_t>> groups;
  std::map<std::string, std::size_t> group_of;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    auto config = trials[i].config;
    config.seed = 0;
    const auto [group, is_new] = group_of.emplace(without_beta(config), groups.size());
    if (is_new) groups.emplace_back();
    groups[group->second].push_back(i);
  }
  return groups;
}

std::string dump_sweep(ExperimentConfig base, SweepConfig sweep) {
  sweep.max_replicas = SweepConfig().max_replicas;
  return dump_config([&](Section& s) { describe_with_sweep(s, base, sweep); });
}

}  // namespace

SweepPlan plan_sweep(const std::filesystem::path& file, const std::vector<std::string>& arguments) {
  const auto given = read_arguments(arguments);
  ExperimentConfig base;
  SweepPlan plan;
  const auto origins =
      load_config(file, given.overrides, [&](Section& s) { describe_with_sweep(s, base, plan.sweep); });
  Source source{file, given.overrides, merged(read_vary(plan.sweep.vary, origins), given), origins.where("sweep.vary"),
                !plan.sweep.cases.empty()};
  if (const auto* chosen = find_axis(source.axes, kCaseKey)) {
    plan.sweep.cases = chosen_cases(plan.sweep.cases, *chosen);
    std::erase_if(source.axes, [](const SweepAxis& axis) { return axis.key == kCaseKey; });
  }
  check_size(source.axes, plan.sweep.cases, file);
  check_cases(plan.sweep.cases, given.overrides, source.axes);
  const auto is_baseline = [](const SettingCase& one) { return one.name == baseline_case().name; };
  if (plan.sweep.baseline && std::ranges::any_of(plan.sweep.cases, is_baseline))
    origins.fail("sweep.baseline", "adds a case of the name baseline, and sweep.cases has one");

  plan.sweep.vary.clear();
  if (source.named) plan.keys.emplace_back(kCaseKey);
  for (const auto& axis : source.axes) {
    plan.sweep.vary.push_back(axis.text);
    plan.keys.push_back(axis.key);
  }
  TrialNames names;
  const auto cases = source.named ? plan.sweep.cases : std::vector<SettingCase>(1);
  for (const auto& one : cases) add_trials(source, one, names, plan.trials);
  if (plan.sweep.baseline) add_baselines(source, names, plan.trials);
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  const auto order_seed = static_cast<std::int64_t>(std::min(base.seed, kLargest));
  // Models that are trained as one see the same batches, so all trials do, however they are grouped.
  for (auto& trial : plan.trials)
    if (trial.config.train.order_seed < 0) trial.config.train.order_seed = order_seed;
  check_differ(source, plan.trials);
  plan.groups = grouped(plan.trials);
  plan.resolved = dump_sweep(base, plan.sweep);
  return plan;
}

std::vector<std::vector<std::size_t>> split_groups(const std::vector<std::vector<std::size_t>>& groups,
                                                   std::int64_t max_replicas) {
  if (max_replicas <= 0) return groups;
  std::vector<std::vector<std::size_t>> chunks;
  for (const auto& group : groups) {
    const auto most = static_cast<std::size_t>(max_replicas);
    const std::size_t count = group.size() / most + (group.size() % most == 0 ? 0 : 1);
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = [&](std::size_t chunk) {
        return group.begin() + static_cast<std::ptrdiff_t>(group.size() * chunk / count);
      };
      chunks.emplace_back(at(i), at(i + 1));
    }
  }
  return chunks;
}

}  // namespace vib
