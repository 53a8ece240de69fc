#include "vib/experiment/data_description.h"

#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {

NLOHMANN_JSON_SERIALIZE_ENUM(DataDescription::Inputs, {{DataDescription::Inputs::kNumbers, "numbers"},
                                                       {DataDescription::Inputs::kBytes, "bytes"},
                                                       {DataDescription::Inputs::kTokens, "tokens"}})

NLOHMANN_JSON_SERIALIZE_ENUM(Side, {{Side::kFront, "front"}, {Side::kBack, "back"}})

NLOHMANN_JSON_SERIALIZE_ENUM(Missing, {{Missing::error, "error"}, {Missing::drop, "drop"}, {Missing::mean, "mean"}})

void to_json(Json& json, const FileRecord& f) { json = {{"path", f.path}, {"bytes", f.bytes}, {"sha256", f.sha256}}; }

void from_json(const Json& json, FileRecord& f) {
  json.at("path").get_to(f.path);
  json.at("bytes").get_to(f.bytes);
  json.at("sha256").get_to(f.sha256);
}

void to_json(Json& json, const ColumnEncoding& c) {
  json = {{"name", c.name}, {"numeric", c.numeric}, {"fill", c.fill},
          {"mean", c.mean}, {"scale", c.scale},     {"categories", c.categories}};
}

void from_json(const Json& json, ColumnEncoding& c) {
  json.at("name").get_to(c.name);
  json.at("numeric").get_to(c.numeric);
  json.at("fill").get_to(c.fill);
  json.at("mean").get_to(c.mean);
  json.at("scale").get_to(c.scale);
  json.at("categories").get_to(c.categories);
}

void to_json(Json& json, const TableEncoding& e) {
  json = {{"inputs", e.inputs},
          {"targets", e.targets},
          {"classes", e.classes},
          {"weight", e.weight},
          {"drop_missing_targets", e.drop_missing_targets},
          {"separator", std::string(1, e.separator)},
          {"missing", e.missing},
          {"missing_words", e.missing_words}};
}

void from_json(const Json& json, TableEncoding& e) {
  json.at("inputs").get_to(e.inputs);
  json.at("targets").get_to(e.targets);
  json.at("classes").get_to(e.classes);
  e.weight = json.value("weight", e.weight);
  e.drop_missing_targets = json.value("drop_missing_targets", e.drop_missing_targets);
  e.separator = json.at("separator").get<std::string>().at(0);
  json.at("missing").get_to(e.missing);
  // Absent in runs from before these could be chosen.
  e.missing_words = json.value("missing_words", std::vector<std::string>{"NA", "NaN", "nan", "?"});
}

namespace {

Json numbers(const torch::Tensor& tensor) {
  if (!tensor.defined()) return nullptr;
  const auto values = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return {{"type", tensor.scalar_type() == torch::kFloat64 ? "float64" : "float32"},
          {"shape", values.sizes().vec()},
          {"values",
           std::vector<double>(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel())}};
}

torch::Tensor tensor(const Json& numbers) {
  if (numbers.is_null()) return {};
  const auto values = numbers.at("values").get<std::vector<double>>();
  const auto shape = numbers.at("shape").get<std::vector<std::int64_t>>();
  // As in training: against a large mean, float32 would cost the numbers' digits.
  const auto type = numbers.value("type", "float32") == "float64" ? torch::kFloat64 : torch::kFloat32;
  return torch::tensor(values, torch::kFloat64).reshape(shape).to(type);
}

}  // namespace

std::int64_t DataDescription::numel() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::string DataDescription::class_name(std::int64_t label) const {
  return class_names.empty() ? fmt::format("{}", label) : class_names.at(static_cast<std::size_t>(label));
}

std::string DataDescription::target_name(std::int64_t value) const {
  return target_names.empty() ? fmt::format("y_{}", value) : target_names.at(static_cast<std::size_t>(value));
}

DataDescription::Inputs describe_inputs(const torch::Tensor& inputs) {
  using Inputs = DataDescription::Inputs;
  if (inputs.scalar_type() == torch::kUInt8) return Inputs::kBytes;
  return inputs.is_floating_point() ? Inputs::kNumbers : Inputs::kTokens;
}

DataDescription describe_data(const Dataset& data) {
  DataDescription d;
  d.inputs = describe_inputs(data.inputs);
  d.shape = data.inputs.sizes().slice(1).vec();
  d.low = data.low;
  d.high = data.high;
  d.mean = data.mean;
  d.scale = data.scale;
  if (d.inputs == DataDescription::Inputs::kTokens) d.tokens = data.inputs.max().item<std::int64_t>() + 1;
  d.target_mean = data.target_mean;
  d.target_scale = data.target_scale;
  d.reconstructs = !data.targets.defined();
  d.classes = d.reconstructs ? 0 : data.classes;
  if (d.classes == 0) d.values = d.reconstructs ? d.numel() : data.targets.size(1);
  if (d.classes == 0 && !d.reconstructs)
    d.shares = data.targets.ge(0).logical_and(data.targets.le(1)).all().item<bool>();
  return d;
}

void prepare_as(const DataDescription& run, Dataset& data) {
  data.low = run.low;
  data.high = run.high;
  data.mean = run.mean;
  data.scale = run.scale;
  data.target_mean = run.target_mean;
  data.target_scale = run.target_scale;
}

Json to_json(const DataDescription& d) {
  return {{"format", 1},
          {"inputs", d.inputs},
          {"shape", d.shape},
          {"low", d.low},
          {"high", d.high},
          {"mean", numbers(d.mean)},
          {"scale", numbers(d.scale)},
          {"reconstructs", d.reconstructs},
          {"classes", d.classes},
          {"values", d.values},
          {"shares", d.shares},
          {"target_mean", numbers(d.target_mean)},
          {"target_scale", numbers(d.target_scale)},
          {"class_names", d.class_names},
          {"target_names", d.target_names},
          {"files", d.files},
          {"first_label", d.first_label},
          {"transposed", d.transposed},
          {"tokens", d.tokens},
          {"vocabulary", d.vocabulary},
          {"side", d.side},
          {"table", d.table},
          {"understood", to_json(d.understood)}};
}

Json to_json(const DataSummary& summary) {
  Json columns = Json::array(), parts = Json::array(), warnings = Json::array();
  for (const auto& c : summary.columns)
    columns.push_back(
        {{"name", c.name}, {"kind", c.kind}, {"range", c.range}, {"distinct", c.distinct}, {"missing", c.missing}});
  for (const auto& p : summary.parts)
    parts.push_back({{"name", p.name}, {"examples", p.examples}, {"class_counts", p.class_counts}});
  for (const auto& w : summary.warnings)
    warnings.push_back({{"key", w.option}, {"text", w.text()}, {"refused", w.refused}});
  return {{"columns", columns}, {"classes", summary.classes}, {"parts", parts}, {"warnings", warnings}};
}

DataDescription read_data_description(const std::filesystem::path& file) {
  const auto text = read_file(file);
  try {
    const auto json = Json::parse(text);
    DataDescription d;
    json.at("inputs").get_to(d.inputs);
    json.at("shape").get_to(d.shape);
    json.at("low").get_to(d.low);
    json.at("high").get_to(d.high);
    d.mean = tensor(json.at("mean"));
    d.scale = tensor(json.at("scale"));
    json.at("reconstructs").get_to(d.reconstructs);
    json.at("classes").get_to(d.classes);
    json.at("values").get_to(d.values);
    d.shares = json.value("shares", d.shares);
    d.learns_variance = json.contains("target_mean");
    d.target_mean = tensor(json.value("target_mean", Json()));  // runs from before have none of these
    d.target_scale = tensor(json.value("target_scale", Json()));
    d.class_names = json.value("class_names", d.class_names);
    d.target_names = json.value("target_names", d.target_names);
    d.files = json.value("files", d.files);
    d.first_label = json.value("first_label", d.first_label);
    d.transposed = json.value("transposed", d.transposed);
    json.at("tokens").get_to(d.tokens);
    json.at("vocabulary").get_to(d.vocabulary);
    json.at("side").get_to(d.side);
    json.at("table").get_to(d.table);
    if (d.class_names.empty()) d.class_names = d.table.classes;  // a run from before there were such names
    return d;
  } catch (const Json::exception& e) {
    throw StateError(fmt::format("{}: not the description of a run's data ({}): the file is damaged; train again",
                                 file.string(), e.what()));
  }
}

}  // namespace vib
