#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/types.h>

#include "apps/vib/commands.h"
#include "vib/core/error.h"
#include "vib/core/json.h"
#include "vib/data/format/read_tensor.h"
#include "vib/information/binning.h"
#include "vib/information/kernel.h"
#include "vib/information/parse_estimator.h"

namespace vib::app {
namespace {

struct InformationArguments {
  std::string layer;
  std::string targets;
  std::string estimator = "bins";
  std::optional<std::int64_t> bins;
  std::string range;
  std::optional<double> noise;
  bool miller_madow = false;
  Output output;
};

/// Throws ConfigError for the first option that says what `--estimator` has no use for.
void refuse_options(const InformationArguments& args) {
  const auto refuse = [](bool given, const char* option, const std::string& reason) {
    if (given) throw ConfigError(fmt::format("{}: {}", option, reason));
  };
  const bool kernel = args.estimator == "kernel", cells = !kernel;
  const std::string kernel_has_none = "belongs to cells, and a kernel has none: give --noise VARIANCE";
  if (args.estimator.find(':') != std::string::npos) {
    const auto said = fmt::format("--estimator {} is written out; leave one of the two out", args.estimator);
    refuse(args.bins.has_value(), "--bins", said);
    refuse(!args.range.empty(), "--range", said);
    refuse(args.noise.has_value(), "--noise", said);
    refuse(args.miller_madow, "--miller-madow", said);
  }
  refuse(kernel && args.bins.has_value(), "--bins", kernel_has_none);
  refuse(kernel && !args.range.empty(), "--range", kernel_has_none);
  refuse(kernel && args.miller_madow, "--miller-madow", "corrects what is counted, and a kernel counts nothing");
  refuse(cells && args.noise.has_value(), "--noise",
         fmt::format("belongs to --estimator kernel, and {} rounds to cells without any", args.estimator));
  refuse(args.estimator != "bins" && !args.range.empty(), "--range",
         fmt::format("belongs to --estimator bins; {} has its own", args.estimator));
}

/// The estimator written out in one text, as a configuration does.
std::string estimator_text(const InformationArguments& args) {
  refuse_options(args);
  auto text = args.estimator;
  if (args.bins || !args.range.empty())
    text += fmt::format(":{}", args.bins.value_or(args.range == "observed" ? 100 : 30));
  if (!args.range.empty()) text += ":" + args.range;
  if (args.noise) text += fmt::format(":{}", *args.noise);
  if (args.miller_madow) text += ":miller-madow";
  return text;
}

std::shared_ptr<const InformationEstimator> estimator_of(const InformationArguments& args) {
  const auto text = estimator_text(args);
  try {
    return parse_estimator(text);
  } catch (const Error& e) {
    throw ConfigError(fmt::format("--estimator: {}", e.what()));
  }
}

torch::Tensor read_layer(const std::string& source) {
  const auto layer = read_tensor(source);
  if (layer.dim() == 0 || layer.numel() == 0)
    throw DataError(fmt::format("{}: expected activations of the shape [N, D], found [{}], which has none", source,
                                fmt::join(layer.sizes(), ", ")));
  return layer;
}

/// Labels are names: any whole numbers, also negative ones.
torch::Tensor read_labels(const std::string& source, std::int64_t examples, const std::string& layer) {
  auto labels = read_tensor(source);
  if (labels.dim() == 2 && labels.size(1) == 1) labels = labels.squeeze(1);
  if (labels.dim() != 1)
    throw DataError(
        fmt::format("{}: expected one label an example ([{}]), found the shape [{}]; one-hot rows are "
                    "turned into labels by argmax",
                    source, examples, fmt::join(labels.sizes(), ", ")));
  if (labels.size(0) != examples)
    throw DataError(fmt::format("{}: {} labels, but {} holds {} examples; expected one for each", source,
                                labels.size(0), layer, examples));
  const auto whole = labels.to(torch::kInt64);
  if (!labels.is_floating_point()) return whole;
  const auto broken = whole.to(labels.scalar_type()).ne(labels);
  if (!broken.any().item<bool>()) return whole;
  const auto row = broken.to(torch::kUInt8).argmax().item<std::int64_t>();
  throw DataError(fmt::format("{}: row {} (counted from 0) holds {}; labels are whole numbers", source, row,
                              labels[row].item<double>()));
}

const char* range_word(CellRange range) {
  return range == CellRange::given ? "given" : range == CellRange::bounded ? "bounded" : "observed";
}

Json describe(const InformationEstimator& estimator, const InformationEstimate& estimate) {
  const auto name = estimator.name();
  Json json = {{"type", name.substr(0, name.find(':'))}, {"name", name}};
  if (const auto* kernel = dynamic_cast<const Kernel*>(&estimator)) json["noise_variance"] = kernel->noise_variance();
  const auto* binning = dynamic_cast<const Binning*>(&estimator);
  if (binning == nullptr || !estimate.cells) return json;
  const auto& cells = *estimate.cells;
  json[binning->options().rule() == BinningRule::idnns ? "edges" : "bins"] = cells.bins;
  json["low"] = cells.low;
  json["high"] = cells.high;
  json["range"] = range_word(cells.range);
  if (binning->options().miller_madow()) json["correction"] = "miller-madow";
  return json;
}

Json to_json(const InformationEstimator& estimator, const InformationEstimate& estimate) {
  Json json = {{"n", estimate.n}, {"itx_bits", estimate.itx_bits}, {"ity_bits", estimate.ity_bits}};
  const auto add = [&](const char* key, const auto& value) {
    if (value) json[key] = *value;
  };
  add("ity_lower_bits", estimate.ity_lower_bits);
  add("ity_upper_bits", estimate.ity_upper_bits);
  add("itx_lower_bits", estimate.itx_lower_bits);
  add("itx_upper_bits", estimate.itx_upper_bits);
  add("entropy_bits", estimate.entropy_bits);
  add("distinct", estimate.distinct);
  add("saturated", estimate.saturated);
  json["estimator"] = describe(estimator, estimate);
  return json;
}

std::string cells_in_words(const InformationEstimator& estimator, const Cells& cells) {
  const auto ends = fmt::format("from {:g} to {:g}", cells.low, cells.high);
  const auto& options = dynamic_cast<const Binning&>(estimator).options();
  if (options.rule() == BinningRule::idnns) return fmt::format("{} edges {}", cells.bins, ends);
  if (options.rule() == BinningRule::adaptive) return fmt::format("{} cells of one mass {}", cells.bins, ends);
  const char* why[] = {"", ", where all values lie", ", the least and the greatest value"};
  return fmt::format("{} cells {}{}", cells.bins, ends, why[static_cast<int>(cells.range)]);
}

std::string in_words(const InformationEstimator& estimator, const InformationEstimate& estimate) {
  const auto line = [](const char* name, const std::string& value) { return fmt::format("{:<10}  {}\n", name, value); };
  const auto bits = [](double value, std::optional<double> lower, std::optional<double> upper) {
    auto text = fmt::format("{:.4f} bits", value);
    return lower && upper ? text + fmt::format(", guaranteed: {:.4f} to {:.4f}", *lower, *upper) : text;
  };
  auto text = line("examples", fmt::format("{}", estimate.n));
  auto name = estimator.name();
  if (estimate.cells) name += fmt::format(" ({})", cells_in_words(estimator, *estimate.cells));
  if (const auto* kernel = dynamic_cast<const Kernel*>(&estimator))
    name += fmt::format(" (Gaussian noise of variance {})", kernel->noise_variance());
  text += line("estimator", name);
  text += line("I(T;X)", bits(estimate.itx_bits, estimate.itx_lower_bits, estimate.itx_upper_bits));
  text += line("I(T;Y)", bits(estimate.ity_bits, estimate.ity_lower_bits, estimate.ity_upper_bits));
  if (estimate.entropy_bits && estimate.distinct)
    text += line("H(T)",
                 fmt::format("{:.4f} bits, {} different rows of cells", *estimate.entropy_bits, *estimate.distinct));
  if (estimate.saturated.value_or(false))
    text += line("saturated", fmt::format("within half a bit of log2 {} = {:.2f}: the estimate measures the number of "
                                          "examples, not the layer",
                                          estimate.n, std::log2(static_cast<double>(estimate.n))));
  return text;
}

int estimate_information(const InformationArguments& args) {
  const auto estimator = estimator_of(args);
  const auto layer = read_layer(args.layer);
  const auto labels = read_labels(args.targets, layer.size(0), args.layer);
  InformationEstimate estimate;
  try {
    estimate = estimator->estimate(layer, labels);
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}", args.layer, e.what()));
  }
  fmt::print("{}",
             args.output.json ? json_text(to_json(*estimator, estimate), 2) + "\n" : in_words(*estimator, estimate));
  return kDone;
}

}  // namespace

void add_information(CLI::App& app, Run& run) {
  const auto args = std::make_shared<InformationArguments>();
  auto* command =
      app.add_subcommand("information", "what a layer knows of its inputs and labels, from its activations");
  command->add_option("layer", args->layer, "its activations, an example a row: .npy, .npz, .pt, .safetensors")
      ->type_name("LAYER")
      ->required();
  command->add_option("targets", args->targets, "a label for each, whole numbers")->type_name("TARGETS")->required();
  command
      ->add_option("--estimator", args->estimator,
                   "bins (cells of one width), adaptive (of one mass), idnns (numpy.linspace(-1, 1, bins) as edges) or "
                   "kernel; or written out, such as bins:30:-1:1")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--bins", args->bins, "cells of a unit (idnns: edges); default 30, or 100 over what is observed")
      ->type_name("N");
  command
      ->add_option("--range", args->range,
                   "of bins: where its cells lie; observed: from the least to the greatest value (default: -1:1 where "
                   "all values lie there, else observed)")
      ->type_name("LO:HI|observed");
  command->add_option("--noise", args->noise, "of kernel: the variance of the noise (default 0.001)")
      ->type_name("VARIANCE");
  command->add_flag("--miller-madow", args->miller_madow, "of cells: corrects their entropies for having been counted");
  add_output_flags(*command, args->output);
  command->callback([args, &run] { run = [args] { return estimate_information(*args); }; });
}

}  // namespace vib::app
