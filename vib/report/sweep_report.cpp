#include "vib/report/sweep_report.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/atomic_file.h"
#include "vib/report/html.h"
#include "vib/report/information_plane.h"
#include "vib/report/plot/format.h"
#include "vib/report/plot/svg.h"
#include "vib/report/sweep_plots.h"
#include "vib/report/sweep_table.h"
#include "vib/sweep/results.h"

namespace vib {
namespace {

namespace fs = std::filesystem;

/// A file's name as a link takes it.
std::string percent_encoded(std::string_view name) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~=,+";
  std::string encoded;
  for (const char c : name) {
    encoded += kPlain.find(c) != std::string_view::npos ? std::string(1, c)
                                                        : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string results_section(const SweepResults& results) {
  std::string content = html_table(sweep_points_table(results));
  for (const std::string& note : sweep_notes(results)) content += html_note(escape_markup(note));
  return html_section("Results", content);
}

std::string pictures_section(const SweepResults& results, const std::vector<SweepPlot>& plots) {
  std::string content;
  std::vector<std::string> names;
  for (const SweepPlot& picture : plots) {
    content += to_svg(picture.plot);
    names.push_back(picture.name);
  }
  if (!names.empty()) content += html_sources(names);
  for (const std::string& note : sweep_plot_notes(results)) content += html_note(note);
  return html_section("Curves", content);
}

/// Each trial, with a link to its page where it has one.
std::string runs_section(const fs::path& sweep, const SweepResults& results) {
  std::string content = "<ul>\n";
  for (const SweepTrial& trial : results.trials) {
    const std::string name = escape_markup(trial.run);
    const bool has_page = fs::exists(sweep / "runs" / trial.run / "report.html");
    content += fmt::format(
        "<li>{}{}</li>\n",
        has_page ? fmt::format(R"(<a href="runs/{}/report.html">{}</a>)", percent_encoded(trial.run), name) : name,
        trial.diverged ? " (diverged)" : "");
  }
  return html_section("Runs", content + "</ul>\n");
}

/// The runs of every setting, which differ in their seed alone.
std::vector<LayerRuns> runs_by_setting(const fs::path& sweep, const SweepResults& results) {
  std::vector<LayerRuns> settings;
  for (const SweepTrial& trial : results.trials) {
    if (trial.diverged) continue;
    const auto name = fmt::format("{}", fmt::join(trial.settings, ", "));
    auto found = std::ranges::find(settings, name, &LayerRuns::name);
    if (found == settings.end()) found = settings.insert(settings.end(), {name, {}});
    found->runs.push_back(sweep / "runs" / trial.run);
  }
  return settings;
}

}  // namespace

void write_sweep_report(const fs::path& sweep) {
  const SweepResults results = read_sweep(sweep);
  const std::string config = read_file(sweep / "sweep.yaml");
  const std::vector<SweepPlot> plots = sweep_plots(results);

  const std::string body = pictures_section(results, plots) + results_section(results) +
                           information_section(runs_by_setting(sweep, results), sweep) + runs_section(sweep, results) +
                           html_section("Configuration", "<pre>" + escape_markup(config) + "</pre>\n");
  const std::string name = fs::absolute(sweep / "").lexically_normal().parent_path().filename().string();
  std::vector<Plot> by_case;  // in one picture, too
  for (const SweepPlot& picture : plots) {
    if (!picture.plot.x.names.empty()) by_case.push_back(picture.plot);
    write_file_atomically(sweep / (picture.name + ".svg"), to_svg(picture.plot), Sync::kNothing);
    write_file_atomically(sweep / (picture.name + ".csv"), to_csv(picture.plot), Sync::kNothing);
  }
  if (by_case.size() > 1) {
    write_file_atomically(sweep / "cases.svg", to_svg(by_case), Sync::kNothing);
    write_file_atomically(sweep / "cases.csv", to_csv(by_case), Sync::kNothing);
  }
  write_file_atomically(sweep / "report.html", html_page(name, describe_sweep(results), body), Sync::kNothing);
}

}  // namespace vib
