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

namespace {

Json numbers(const torch::Tensor& tensor) {
  if (!tensor.defined()) return nullptr;
  const auto values = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return {{"shape", values.sizes().vec()},
          {"values",
           std::vector<double>(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel())}};
}

torch::Tensor tensor(const Json& numbers) {
  if (numbers.is_null()) return {};
  const auto values = numbers.at("values").get<std::vector<double>>();
  const auto shape = numbers.at("shape").get<std::vector<std::int64_t>>();
  return torch::tensor(values, torch::kFloat64).reshape(shape).to(torch::kFloat32);
}

}  // namespace

std::int64_t DataDescription::numel() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

DataDescription describe_data(const Dataset& data) {
  using Inputs = DataDescription::Inputs;
  DataDescription d;
  d.inputs = data.inputs.scalar_type() == torch::kUInt8 ? Inputs::kBytes
             : data.inputs.is_floating_point()          ? Inputs::kNumbers
                                                        : Inputs::kTokens;
  d.shape = data.inputs.sizes().slice(1).vec();
  d.low = data.low;
  d.high = data.high;
  d.mean = data.mean;
  d.scale = data.scale;
  if (d.inputs == Inputs::kTokens) d.tokens = data.inputs.max().item<std::int64_t>() + 1;
  d.reconstructs = !data.targets.defined();
  d.classes = d.reconstructs ? 0 : data.classes;
  if (d.classes == 0) d.values = d.reconstructs ? d.numel() : data.targets.size(1);
  return d;
}

Json to_json(const DataDescription& d) {
  return {
      {"format", 1},          {"inputs", d.inputs},      {"shape", d.shape},          {"low", d.low},
      {"high", d.high},       {"mean", numbers(d.mean)}, {"scale", numbers(d.scale)}, {"reconstructs", d.reconstructs},
      {"classes", d.classes}, {"values", d.values},      {"tokens", d.tokens},        {"vocabulary", d.vocabulary},
      {"side", d.side}};
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
    json.at("tokens").get_to(d.tokens);
    json.at("vocabulary").get_to(d.vocabulary);
    json.at("side").get_to(d.side);
    return d;
  } catch (const Json::exception& e) {
    throw StateError(fmt::format("{}: not the description of a run's data ({}): the file is damaged; train again",
                                 file.string(), e.what()));
  }
}

}  // namespace vib
