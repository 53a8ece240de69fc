#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/vib/commands.h"
#include "apps/vib/say.h"
#include "vib/config/axis.h"
#include "vib/config/scalar.h"
#include "vib/core/atomic_file.h"
#include "vib/core/csv.h"
#include "vib/core/error.h"
#include "vib/core/json.h"
#include "vib/core/sync_folder.h"
#include "vib/data/sets/number_table.h"
#include "vib/information/discrete_curve.h"
#include "vib/information/gaussian_curve.h"
#include "vib/information/joint_table.h"
#include "vib/report/plot/svg.h"

namespace vib::app {
namespace {

namespace fs = std::filesystem;

struct CurveArguments {
  std::string joint;
  std::string covariance;
  std::optional<std::int64_t> x_dims;
  std::string beta = "log:1:100:50";
  std::string out;
  Output output;
};

/// What the command hands out, in each of its forms.
struct Curve {
  Json about;                     ///< what the rows depend on
  std::vector<Reference> limits;  ///< of I(T;Y)
  std::vector<CurvePoint> points;
};

std::vector<double> betas_of(const std::string& text) {
  const std::string argument = "--beta=" + text, allowed = "a number >= 0";
  const Place place{"command line: " + argument, true};
  const auto axis = parse_axis(argument, place);
  std::vector<double> betas;
  for (const auto& value : axis ? axis->values : std::vector{text}) {
    const ConfigValue scalar{.kind = ConfigValue::Kind::kScalar, .place = place, .text = value};
    betas.push_back(read_number(scalar, "", allowed));
    if (!(betas.back() >= 0)) refuse_value(scalar, "", allowed);
  }
  return betas;
}

/// Calls `use`, whose errors know no file.
template <typename Use>
auto in_the_name_of(const std::string& file, const Use& use) {
  try {
    return use();
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}", file, e.what()));
  }
}

Curve discrete(const CurveArguments& args) {
  const auto betas = betas_of(args.beta);
  const auto counts = read_number_table(args.joint, "a joint table");
  const auto table = in_the_name_of(args.joint, [&] { return joint_table(counts); });
  const DiscreteCurveOptions options;
  const auto critical = critical_beta(table.p);
  Curve curve;
  curve.points = discrete_curve(table.p, betas, options);
  curve.limits = {{fmt::format("H(Y) = {:.3g}", table.hy_bits), table.hy_bits},
                  {fmt::format("I(X;Y) = {:.3g}", table.ixy_bits), table.ixy_bits}};
  curve.about = {{"joint", args.joint},
                 {"x_values", table.p.size(0)},
                 {"y_values", table.p.size(1)},
                 {"hx_bits", table.hx_bits},
                 {"hy_bits", table.hy_bits},
                 {"ixy_bits", table.ixy_bits},
                 {"critical_beta", critical.global},
                 {"critical_beta_local", critical.local},
                 {"tolerance_bits", options.tolerance_bits()},
                 {"gap", has_certified_gaps(table.p) ? "bound" : "search"}};
  return curve;
}

Curve gaussian(const CurveArguments& args) {
  const auto betas = betas_of(args.beta);
  const auto covariance = read_number_table(args.covariance, "a covariance");
  const auto exact = in_the_name_of(args.covariance, [&] {
    try {
      return GaussianCurve(covariance, *args.x_dims);
    } catch (const ConfigError& e) {
      throw ConfigError(fmt::format("--x-dims: {}", e.what()));
    }
  });
  Curve curve;
  for (const double beta : betas) curve.points.push_back(exact.at(beta));
  curve.limits = {{fmt::format("I(X;Y) = {:.3g}", exact.ixy_bits()), exact.ixy_bits()}};
  curve.about = {{"covariance", args.covariance},
                 {"x_dims", *args.x_dims},
                 {"y_dims", covariance.size(0) - *args.x_dims},
                 {"ixy_bits", exact.ixy_bits()},
                 {"critical_beta", exact.critical_betas().front()},
                 {"critical_betas", exact.critical_betas()},
                 {"eigenvalues", exact.eigenvalues()},
                 {"gap", "closed form"}};
  return curve;
}

double largest_gap(const Curve& curve) {
  double gap = 0;
  for (const auto& point : curve.points) gap = std::max(gap, point.gap_bits);
  return gap;
}

std::string curve_csv(const Curve& curve) {
  std::string text = csv_line({"beta", "itx_bits", "ity_bits", "lagrangian_bits", "gap_bits"});
  for (const auto& p : curve.points)
    text += csv_line({csv_field(p.beta), csv_field(p.itx_bits), csv_field(p.ity_bits), csv_field(p.lagrangian_bits),
                      csv_field(p.gap_bits)});
  return text;
}

Json curve_json(const Curve& curve) {
  auto json = curve.about;
  json["largest_gap_bits"] = largest_gap(curve);
  json["rows"] = Json::array();
  for (const auto& p : curve.points)
    json["rows"].push_back({{"beta", p.beta},
                            {"itx_bits", p.itx_bits},
                            {"ity_bits", p.ity_bits},
                            {"lagrangian_bits", p.lagrangian_bits},
                            {"gap_bits", p.gap_bits}});
  return json;
}

std::string curve_svg(const Curve& curve) {
  auto points = curve.points;
  std::ranges::stable_sort(points, {}, &CurvePoint::itx_bits);
  Series limit{
      .name = "the exact limit; at the points: β", .x = {0}, .y = {0}, .labels = {""}, .mark = Mark::kLineAndPoints};
  for (const auto& point : points) {
    if (point.itx_bits == 0) continue;
    limit.x.push_back(point.itx_bits);
    limit.y.push_back(point.ity_bits);
    limit.labels.push_back(fmt::format("{:.3g}", point.beta));
  }
  const double top = curve.limits.front().y;
  const Series diagonal{
      .name = "I(T;Y) = I(T;X)", .x = {0, top}, .y = {0, top}, .mark = Mark::kDashed, .color = kNeutral};
  return to_svg(Plot{.title = "Information plane",
                     .x = {"I(T;X) (bits)"},
                     .y = {"I(T;Y) (bits)"},
                     .series = {limit, diagonal},
                     .references = curve.limits});
}

void write_curve(const Curve& curve, const fs::path& folder) {
  make_folder(folder);
  write_file_atomically(folder / "curve.csv", curve_csv(curve));
  write_file_atomically(folder / "curve.svg", curve_svg(curve), Sync::kNothing);
}

void check_curve_arguments(const CurveArguments& args) {
  if (args.covariance.empty() && args.joint.empty())
    throw ConfigError("give a joint table, JOINT.csv or JOINT.npy, or --gaussian COVARIANCE.npy --x-dims D");
  if (!args.covariance.empty() && !args.joint.empty())
    throw ConfigError(
        fmt::format("--gaussian: takes the place of a joint table; leave out {} or --gaussian", args.joint));
  if (args.covariance.empty() && args.x_dims) throw ConfigError("--x-dims: belongs to --gaussian COVARIANCE");
  if (!args.covariance.empty() && !args.x_dims)
    throw ConfigError(
        "--gaussian: give --x-dims D, too: the first D rows and columns of the covariance are those of X");
}

int show_curve(const CurveArguments& args) {
  check_curve_arguments(args);
  const auto curve = args.covariance.empty() ? discrete(args) : gaussian(args);
  if (!args.out.empty()) write_curve(curve, args.out);
  constexpr double kGoal = 1e-6;
  if (const double gap = largest_gap(curve); gap > kGoal && !args.output.quiet)
    say("vib: the Lagrangian is exact to {:.2g} bits only, at the largest gap_bits\n", gap);
  if (args.output.json)
    fmt::print("{}\n", json_text(curve_json(curve), 2));
  else if (args.out.empty())
    fmt::print("{}", curve_csv(curve));
  else if (!args.output.quiet)
    fmt::print("{0}/curve.csv\n{0}/curve.svg\n", args.out);
  return kDone;
}

}  // namespace

void add_curve(CLI::App& app, Run& run) {
  const auto args = std::make_shared<CurveArguments>();
  auto* command = app.add_subcommand("curve", "the exact limit: the least I(T;X) - β I(T;Y) of any code T of X");
  command
      ->add_option("joint", args->joint,
                   "counts or probabilities of x (rows) and y (columns): a CSV file of numbers without a header, or a "
                   "tensor, FILE.npy, FILE.npz:NAME, FILE.pt:NAME, FILE.safetensors:NAME")
      ->type_name("JOINT");
  command->add_option("--gaussian", args->covariance, "of jointly Gaussian X and Y instead: their covariance, X first")
      ->type_name("COVARIANCE");
  command->add_option("--x-dims", args->x_dims, "how many of its rows are those of X")->type_name("D");
  command->add_option("--beta", args->beta, "log:LO:HI:N, lin:LO:HI:N, A..B, or V1,V2,...")
      ->type_name("VALUES")
      ->capture_default_str();
  command->add_option("--out", args->out, "folder for curve.csv and curve.svg (default: the CSV on stdout)")
      ->type_name("DIR");
  add_output_flags(*command, args->output);
  command->footer(
      "Rows: beta,itx_bits,ity_bits,lagrangian_bits,gap_bits. gap_bits is by how much I(T;X) - β I(T;Y) could be "
      "below\n"
      "lagrangian_bits at most: a bound where Y has two values, of more the result of a search (docs/information.md).");
  command->callback([args, &run] { run = [args] { return show_curve(*args); }; });
}

}  // namespace vib::app
