/// Reads people's own data for own_data_python_test.py. Each line of stdin is a JSON list, one of
///
///     ["tensor", SOURCE, OUT]             read_tensor() as {"tensor": ...}
///     ["csv", FILE, SEPARATOR]            the header, then each row after its line
///     ["tensors", OUT, "KEY=VALUE"...]    load_tensor_data()
///     ["table", OUT, "KEY=VALUE"...]      load_table(), and the encoding of `predict` by it; lists by commas
///
/// and is answered by one on stdout: {"answer": ...}, or {"refused": REASON} where the data are. The file OUT gets
/// train_inputs, train_targets, validation_inputs, ... and mean and scale.

#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "vib/core/error.h"
#include "vib/core/tensor_file.h"
#include "vib/data/format/csv.h"
#include "vib/data/format/read_tensor.h"
#include "vib/data/sets/table.h"
#include "vib/data/sets/tensor_data.h"

namespace {

using Json = nlohmann::json;
using Arguments = std::map<std::string, std::string>;

Arguments parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    arguments[words[i].substr(0, equals)] = words[i].substr(equals + 1);
  }
  return arguments;
}

std::vector<std::string> list(const std::string& text) {
  std::vector<std::string> items;
  std::istringstream stream(text);
  for (std::string item; std::getline(stream, item, ',');) items.push_back(item);
  return items;
}

vib::TensorMap tensors_of(const vib::DataSplits& splits) {
  vib::TensorMap tensors;
  tensors.insert("train_inputs", splits.train.inputs);
  tensors.insert("train_targets", splits.train.targets);
  tensors.insert("validation_inputs", splits.validation.inputs);
  tensors.insert("validation_targets", splits.validation.targets);
  if (splits.test.inputs.defined()) tensors.insert("test_inputs", splits.test.inputs);
  if (splits.test.targets.defined()) tensors.insert("test_targets", splits.test.targets);
  tensors.insert("classes", torch::tensor(splits.train.classes));
  return tensors;
}

Json rows_of(const std::string& path, char separator) {
  const auto file = vib::read_csv(path, separator);
  Json rows = Json::array({file.header()});
  for (std::int64_t row = 0; row < file.rows(); ++row) {
    Json cells = Json::array({file.line(row)});
    for (std::size_t column = 0; column < file.header().size(); ++column) {
      cells.push_back(std::string(file.cell(row, static_cast<std::int64_t>(column))));
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

Json read_tensors(const std::string& out, Arguments a) {
  const auto options = vib::TensorDataOptions(a["train_inputs"], a["train_targets"])
                           .test_inputs(a["test_inputs"])
                           .test_targets(a["test_targets"])
                           .test(std::atoll(a["test"].c_str()))
                           .split(vib::SplitOptions().validation(std::atoll(a["validation"].c_str())))
                           .targets(a["targets"] == "values" ? vib::TargetKind::values : vib::TargetKind::classes)
                           .standardize(a["standardize"] == "true");
  const auto data = vib::load_tensor_data(options);
  auto tensors = tensors_of(data);
  if (data.train.mean.defined()) {
    tensors.insert("mean", data.train.mean);
    tensors.insert("scale", data.train.scale);
  }
  vib::save_tensors(out, tensors);
  return nullptr;
}

Json read_table(const std::string& out, Arguments a) {
  auto options = vib::TableOptions(a["train"], list(a["targets"]))
                     .test(a["test"])
                     .split(vib::SplitOptions().validation(std::atoll(a["validation"].c_str())))
                     .target_kind(a["kind"] == "values" ? vib::TargetKind::values : vib::TargetKind::classes)
                     .numeric(list(a["numeric"]))
                     .categorical(list(a["categorical"]))
                     .ignore(list(a["ignore"]))
                     .standardize(a["standardize"] != "false")
                     .missing(a["missing"] == "drop"   ? vib::Missing::drop
                              : a["missing"] == "mean" ? vib::Missing::mean
                                                       : vib::Missing::error);
  if (a.contains("test_share")) options.test_share(std::atof(a["test_share"].c_str()));
  const auto table = vib::load_table(options);
  auto tensors = tensors_of(table.splits);
  if (a.contains("predict")) tensors.insert("predict", vib::encode_inputs(table.encoding, a["predict"]));
  vib::save_tensors(out, tensors);
  return table.encoding.classes;
}

Json read_one(const std::string& source, const std::string& out) {
  vib::TensorMap tensors;
  tensors.insert("tensor", vib::read_tensor(source));
  vib::save_tensors(out, tensors);
  return nullptr;
}

Json answer(const std::vector<std::string>& words) {
  const auto& what = words.at(0);
  if (what == "tensor") return read_one(words.at(1), words.at(2));
  if (what == "csv") return rows_of(words.at(1), words.at(2).at(0));
  return what == "tensors" ? read_tensors(words.at(1), parse(words)) : read_table(words.at(1), parse(words));
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    Json result;
    try {
      result["answer"] = answer(Json::parse(line).get<std::vector<std::string>>());
    } catch (const vib::DataError& error) {
      result["refused"] = error.what();
    }
    // The newline is not enough: whoever asked waits for this line.
    std::cout << result.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  }
}
