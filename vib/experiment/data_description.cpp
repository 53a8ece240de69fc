#include "vib/experiment/data_description.h"

#include <cmath>
#include <functional>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <ATen/ExpandUtils.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vib {

NLOHMANN_JSON_SERIALIZE_ENUM(DataDescription::Inputs, {{DataDescription::Inputs::kNumbers, "numbers"},
                                                       {DataDescription::Inputs::kBytes, "bytes"},
                                                       {DataDescription::Inputs::kTokens, "tokens"}})

NLOHMANN_JSON_SERIALIZE_ENUM(Side, {{Side::kFront, "front"}, {Side::kBack, "back"}})

NLOHMANN_JSON_SERIALIZE_ENUM(Missing, {{Missing::error, "error"}, {Missing::drop, "drop"}, {Missing::mean, "mean"}})

void to_json(Json& json, const FileRecord& f) { json = {{"path", f.path}, {"bytes", f.bytes}, {"sha256", f.sha256}}; }

void to_json(Json& json, const ColumnEncoding& c) {
  json = {{"name", c.name}, {"numeric", c.numeric}, {"fill", c.fill},
          {"mean", c.mean}, {"scale", c.scale},     {"categories", c.categories}};
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

namespace {

Json numbers(const torch::Tensor& tensor) {
  if (!tensor.defined()) return nullptr;
  const auto values = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return {{"type", tensor.scalar_type() == torch::kFloat64 ? "float64" : "float32"},
          {"shape", values.sizes().vec()},
          {"values",
           std::vector<double>(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel())}};
}

// What follows reads what the above wrote, and may be anything: each throws JsonError.

// More than any data has; a network of that size would fill the memory.
constexpr std::int64_t kMostNumbers = 100'000'000;

/// One that float32 can hold.
double finite(const JsonEntry& json) {
  const auto number = json.number();
  if (!(std::abs(number) <= std::numeric_limits<float>::max())) json.refuse("a number that float32 can hold");
  return number;
}

double positive(const JsonEntry& json) {
  const auto number = finite(json);
  if (!(number > 0)) json.refuse("above 0");
  return number;
}

/// One of the values of an enum, by the name that it is written by.
template <typename Enum>
Enum one_of(const JsonEntry& json, std::initializer_list<Enum> values) {
  std::vector<std::string> names;
  for (const auto value : values) {
    names.push_back(Json(value).template get<std::string>());
    if (json.json() == names.back()) return value;
  }
  json.refuse(fmt::format("one of {}", fmt::join(names, ", ")));
}

/// Names that must differ, as many as `count`.
std::vector<std::string> distinct(const JsonEntry& json, std::optional<std::int64_t> count = std::nullopt) {
  auto names = json.texts();
  if (count && static_cast<std::int64_t>(names.size()) != *count) json.refuse(fmt::format("a list of {}", *count));
  std::set<std::string_view> seen;
  for (const auto& item : json.items())
    if (!seen.insert(item.json().get_ref<const std::string&>()).second)
      item.refuse("another name than those before it");
  return names;
}

/// Names of `count` things; of none where they have no names, or the run is from before these were written.
std::vector<std::string> names_of(const JsonEntry& description, const char* key, std::int64_t count) {
  const auto names = description.find(key);
  if (!names || names->items().empty()) return {};
  return distinct(*names, count);
}

std::vector<std::int64_t> shape_of(const JsonEntry& json) {
  std::vector<std::int64_t> shape;
  double numbers = 1;
  for (const auto& size : json.items()) {
    shape.push_back(size.integer(0, kMostNumbers));
    numbers *= static_cast<double>(shape.back());
  }
  if (numbers > kMostNumbers) json.refuse(fmt::format("the sizes of at most {} numbers", kMostNumbers));
  return shape;
}

/// Of numbers that broadcast to `shape`; undefined where there are none.
torch::Tensor tensor_of(const std::optional<JsonEntry>& json, torch::IntArrayRef shape,
                        double (*number)(const JsonEntry&)) {
  if (!json || json->json().is_null()) return {};
  const auto own = shape_of(json->at("shape"));
  if (!at::is_expandable_to(own, shape))
    json->at("shape").refuse(fmt::format("one that fits [{}]", fmt::join(shape, ", ")));
  std::vector<double> values;
  for (const auto& item : json->at("values").items()) values.push_back(number(item));
  if (static_cast<std::int64_t>(values.size()) != c10::multiply_integers(own))
    json->at("values").refuse(fmt::format("a list of {}", c10::multiply_integers(own)));
  // As in training: against a large mean, float32 would cost the numbers' digits.
  const auto type = json->find("type");
  const bool wide = type && type->text() == "float64";
  return torch::tensor(values, torch::kFloat64).reshape(own).to(wide ? torch::kFloat64 : torch::kFloat32);
}

/// A mean and its scale, or neither.
std::pair<torch::Tensor, torch::Tensor> standardization_of(const JsonEntry& description, const std::string& prefix,
                                                           torch::IntArrayRef shape) {
  const auto mean = tensor_of(description.find(prefix + "mean"), shape, finite);
  const auto scale = tensor_of(description.find(prefix + "scale"), shape, positive);
  if (mean.defined() != scale.defined())
    description.at(prefix + "scale").refuse(fmt::format("there where {}mean is, and null where that is", prefix));
  return {mean, scale};
}

FileRecord file_of(const JsonEntry& json) {
  return {json.at("path").text(), static_cast<std::uint64_t>(json.at("bytes").integer(0)), json.at("sha256").text()};
}

ColumnEncoding column_of(const JsonEntry& json) {
  return {.name = json.at("name").text(),
          .numeric = json.at("numeric").boolean(),
          .fill = finite(json.at("fill")),
          .mean = finite(json.at("mean")),
          .scale = positive(json.at("scale")),
          .categories = distinct(json.at("categories"))};
}

char separator_of(const JsonEntry& json) {
  const auto text = json.text();
  if (text.size() != 1 || text == "\"" || text == "\n" || text == "\r")
    json.refuse("one character, and neither a quote nor the end of a line");
  return text.front();
}

/// How a table becomes what `d` says; of no columns where the data are no table.
TableEncoding table_of(const JsonEntry& json, const DataDescription& d) {
  TableEncoding table;
  for (const auto& column : json.at("inputs").items()) table.inputs.push_back(column_of(column));
  table.targets = distinct(json.at("targets"));
  table.classes = distinct(json.at("classes"));
  if (const auto weight = json.find("weight")) table.weight = weight->text();
  if (const auto drop = json.find("drop_missing_targets")) table.drop_missing_targets = drop->boolean();
  table.separator = separator_of(json.at("separator"));
  table.missing = one_of(json.at("missing"), {Missing::error, Missing::drop, Missing::mean});
  // Absent in runs from before these could be chosen.
  const auto words = json.find("missing_words");
  table.missing_words = words ? words->texts() : std::vector<std::string>{"NA", "NaN", "nan", "?"};
  if (table.inputs.empty()) return table;
  if (table.width() != d.numel())
    json.at("inputs").refuse(fmt::format("columns that make {} numbers, as shape says", d.numel()));
  if (d.reconstructs) return table;
  if (static_cast<std::int64_t>(table.classes.size()) != d.classes)
    json.at("classes").refuse(fmt::format("a list of {}", d.classes));
  if (const auto targets = d.classes > 0 ? 1 : d.values; static_cast<std::int64_t>(table.targets.size()) != targets)
    json.at("targets").refuse(fmt::format("a list of {}", targets));
  return table;
}

DataDescription description_of(const JsonEntry& json) {
  using Inputs = DataDescription::Inputs;
  DataDescription d;
  d.inputs = one_of(json.at("inputs"), {Inputs::kNumbers, Inputs::kBytes, Inputs::kTokens});
  d.shape = shape_of(json.at("shape"));
  d.low = finite(json.at("low"));
  d.high = finite(json.at("high"));
  json.at("mean"), json.at("scale");
  std::tie(d.mean, d.scale) = standardization_of(json, "", d.shape);
  d.reconstructs = json.at("reconstructs").boolean();
  d.classes = json.at("classes").integer(0, kMostNumbers);
  d.values = json.at("values").integer(d.classes > 0 ? 0 : 1, kMostNumbers);
  if (d.reconstructs && d.values != d.numel()) json.at("values").refuse(fmt::format("{}, as shape says", d.numel()));
  if (const auto shares = json.find("shares")) d.shares = shares->boolean();
  d.learns_variance = json.find("target_mean").has_value();  // runs from before have none of these
  std::tie(d.target_mean, d.target_scale) = standardization_of(json, "target_", {d.values});
  d.class_names = names_of(json, "class_names", d.classes);
  d.target_names = names_of(json, "target_names", d.values);
  if (const auto files = json.find("files"))
    for (const auto& file : files->items()) d.files.push_back(file_of(file));
  if (const auto label = json.find("first_label")) d.first_label = label->integer(-kMostNumbers, kMostNumbers);
  if (const auto transposed = json.find("transposed")) d.transposed = transposed->boolean();
  d.tokens = json.at("tokens").integer(d.inputs == Inputs::kTokens ? 1 : 0, kMostNumbers);
  d.vocabulary = json.at("vocabulary").texts();
  d.side = one_of(json.at("side"), {Side::kFront, Side::kBack});
  d.table = table_of(json.at("table"), d);
  if (d.class_names.empty()) d.class_names = d.table.classes;  // a run from before there were such names
  return d;
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
  return read_json(file, "the description of the run's data is damaged; train again", description_of);
}

}  // namespace vib
