/// Reads people's own data for own_data_python_test.py:
///
///     read_data tensor SOURCE OUT              read_tensor() as {"tensor": ...}
///     read_data csv FILE SEPARATOR             the header, then each row after its line, as JSON, one a line
///     read_data tensors OUT KEY=VALUE...       load_tensor_data(); OUT may be empty
///     read_data table OUT KEY=VALUE...         load_table(), and the encoding of `predict` by it; lists by commas
///
/// OUT gets train_inputs, train_targets, validation_inputs, ... and mean and scale. Exit code 3 and the reason on
/// stderr when the data are refused.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "vib/core/error.h"
#include "vib/core/tensor_file.h"
#include "vib/data/csv.h"
#include "vib/data/read_tensor.h"
#include "vib/data/table.h"
#include "vib/data/tensor_data.h"

namespace {

using Arguments = std::map<std::string, std::string>;

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 3; i < argc; ++i) {
    const std::string text = argv[i];
    arguments[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
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

void print_csv(const std::string& path, char separator) {
  const auto file = vib::read_csv(path, separator);
  std::printf("%s\n", nlohmann::json(file.header()).dump().c_str());
  for (std::int64_t row = 0; row < file.rows(); ++row) {
    nlohmann::json cells = {file.line(row)};
    for (std::size_t column = 0; column < file.header().size(); ++column) {
      cells.push_back(std::string(file.cell(row, static_cast<std::int64_t>(column))));
    }
    std::printf("%s\n", cells.dump().c_str());
  }
}

void read_tensors(const std::string& out, Arguments a) {
  const auto options = vib::TensorDataOptions(a["train_inputs"], a["train_targets"])
                           .test_inputs(a["test_inputs"])
                           .test_targets(a["test_targets"])
                           .test(std::atoll(a["test"].c_str()))
                           .validation(std::atoll(a["validation"].c_str()))
                           .targets(a["targets"] == "values" ? vib::TargetKind::values : vib::TargetKind::classes)
                           .standardize(a["standardize"] == "true");
  const auto data = vib::load_tensor_data(options);
  if (a.contains("wait")) std::getchar();
  if (out.empty()) return;
  auto tensors = tensors_of(data);
  if (data.train.mean.defined()) {
    tensors.insert("mean", data.train.mean);
    tensors.insert("scale", data.train.scale);
  }
  vib::save_tensors(out, tensors);
}

void read_table(const std::string& out, Arguments a) {
  auto options = vib::TableOptions(a["train"], list(a["targets"]))
                     .test(a["test"])
                     .validation(std::atoll(a["validation"].c_str()))
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
  std::printf("%s\n", nlohmann::json(table.encoding.classes).dump().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const std::string what = argv[1];
  try {
    if (what == "tensor") {
      vib::TensorMap tensors;
      tensors.insert("tensor", vib::read_tensor(argv[2]));
      vib::save_tensors(argv[3], tensors);
    } else if (what == "csv") {
      print_csv(argv[2], argv[3][0]);
    } else if (what == "tensors") {
      read_tensors(argv[2], parse(argc, argv));
    } else {
      read_table(argv[2], parse(argc, argv));
    }
  } catch (const vib::DataError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
  return 0;
}
