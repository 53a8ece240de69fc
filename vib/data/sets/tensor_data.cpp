#include "vib/data/sets/tensor_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/error.h"
#include "vib/data/format/read_tensor.h"
#include "vib/data/standardization.h"

namespace vib {
namespace {

/// An embedding of more would not fit into memory: most likely these are no tokens.
constexpr std::int64_t kMostTokens = 10'000'000;

bool is_token_type(torch::ScalarType type) {
  return torch::isIntegralType(type, /*includeBool=*/false) && type != torch::kUInt8;
}

void check_are_tokens(const torch::Tensor& inputs, const std::string& source) {
  try {
    check_tokens(inputs, kMostTokens, source);
  } catch (const DataError& e) {
    throw DataError(
        fmt::format("{}; save numbers that are none as float32 (x.astype(\"float32\") in NumPy)", e.what()));
  }
}

torch::Tensor read_inputs(const std::string& source) {
  const auto inputs = read_tensor(source);
  const auto type = inputs.scalar_type();
  if (inputs.dim() == 0 || inputs.numel() == 0) {
    throw DataError(fmt::format("{}: expected inputs [N, ...], found the empty shape [{}]", source,
                                fmt::join(inputs.sizes(), ", ")));
  }
  if (type == torch::kUInt16 || type == torch::kUInt32 || type == torch::kUInt64 || torch::isComplexType(type) ||
      torch::isFloat8Type(type)) {
    throw DataError(
        fmt::format("{}: inputs of type {} are not supported; convert them to float32, or to int64 where "
                    "they are tokens",
                    source, c10::toString(type)));
  }
  check_finite(inputs, source);
  if (is_token_type(type)) check_are_tokens(inputs, source);
  const auto examples = inputs.dim() == 1 ? inputs.unsqueeze(1) : inputs;
  return type == torch::kBool ? examples.to(torch::kFloat32) : examples;
}

torch::Tensor read_targets(const std::string& source, TargetKind kind, const torch::Tensor& inputs,
                           const std::string& inputs_source) {
  const auto targets = read_tensor(source);
  if (targets.dim() == 0 || targets.size(0) != inputs.size(0)) {
    throw DataError(fmt::format("{}: expected {} targets, one for each example of {}, found the shape [{}]", source,
                                inputs.size(0), inputs_source, fmt::join(targets.sizes(), ", ")));
  }
  if (targets.numel() == 0) throw DataError(fmt::format("{}: the targets are empty", source));
  // A copy: a class that somebody writes into the file later would lie outside of every table.
  return kind == TargetKind::classes ? class_targets(targets, source).clone() : value_targets(targets, source);
}

Dataset read_examples(const TensorDataOptions& options, const std::string& inputs, const std::string& targets,
                      const std::string& name) {
  Dataset data;
  data.inputs = read_inputs(inputs);
  if (options.targets() != TargetKind::none)
    data.targets = read_targets(targets, options.targets(), data.inputs, inputs);
  data.low = options.low();
  data.high = options.high();
  data.name = name;
  return data;
}

/// Whether batches of both look alike: scaled bytes, tokens or floating point.
bool same_kind(torch::ScalarType a, torch::ScalarType b) {
  return torch::isFloatingType(a) == torch::isFloatingType(b) && (a == torch::kUInt8) == (b == torch::kUInt8);
}

Dataset read_test(const TensorDataOptions& options, const Dataset& train) {
  auto test = read_examples(options, options.test_inputs(), options.test_targets(), "tensors/test");
  if (test.inputs.sizes().slice(1) != train.inputs.sizes().slice(1) ||
      !same_kind(test.inputs.scalar_type(), train.inputs.scalar_type())) {
    throw DataError(fmt::format("{}: expected {} [N, {}] as in {}, found {} [N, {}]", options.test_inputs(),
                                c10::toString(train.inputs.scalar_type()),
                                fmt::join(train.inputs.sizes().slice(1), ", "), options.train_inputs(),
                                c10::toString(test.inputs.scalar_type()),
                                fmt::join(test.inputs.sizes().slice(1), ", ")));
  }
  if (options.targets() == TargetKind::classes) {
    check_classes(test.targets, train.classes, options.test_targets());
  } else if (options.targets() == TargetKind::values && test.targets.size(1) != train.targets.size(1)) {
    throw DataError(fmt::format("{}: expected {} values an example as in {}, found {}", options.test_targets(),
                                train.targets.size(1), options.train_targets(), test.targets.size(1)));
  }
  test.classes = train.classes;
  return test;
}

/// `all` in parts, each copied once; as it is where there is but one part.
DataSplits split(const Dataset& all, const TensorDataOptions& options) {
  RowKinds kinds;
  if (options.targets() == TargetKind::classes) kinds.classes = all.targets;
  const auto rows = split_rows(all.size(), options.test(), options.split(), kinds, options.train_inputs());
  const bool whole = rows.train.numel() == all.size();
  DataSplits splits{.train = whole ? all : all.select(rows.train),
                    .validation = all.select(rows.validation),
                    .test = all.select(rows.test)};
  splits.train.name = "tensors/train";
  splits.validation.name = "tensors/validation";
  splits.test.name = "tensors/test";
  return splits;
}

void standardize(DataSplits& splits) {
  const auto [mean, scale] = fit_standardization(splits.train);
  for (auto* part : {&splits.train, &splits.validation, &splits.test}) {
    part->mean = mean;
    part->scale = scale;
  }
}

}  // namespace

void check_tokens(const torch::Tensor& tensor, std::int64_t tokens, const std::string& source) {
  if (tensor.numel() == 0) return;
  const auto ids = tensor.reshape({tensor.size(0), -1}).to(torch::kInt64);  // smaller types cannot hold the bounds
  const auto bad = (ids < 0).logical_or(ids >= tokens);
  if (!bad.any().item<bool>()) return;
  const auto row = bad.any(1).to(torch::kUInt8).argmax().item<std::int64_t>();
  throw DataError(fmt::format(
      "{}: row {} (counted from 0) holds {}; token ids are whole numbers from 0 to {}, and what is no token "
      "is stored as a floating-point number",
      source, row, ids[row].masked_select(bad[row])[0].item<std::int64_t>(), tokens - 1));
}

DataSplits load_tensor_data(const TensorDataOptions& options) {
  const bool has_test_file = !options.test_inputs().empty();
  if (options.targets() != TargetKind::none && has_test_file != !options.test_targets().empty()) {
    throw DataError("test inputs and test targets belong together: give both files or neither");
  }
  if (has_test_file && options.test() != 0) {
    throw DataError(fmt::format("{}: with a file for test, no {} training examples can be taken for it",
                                options.test_inputs(), options.test()));
  }
  auto all = read_examples(options, options.train_inputs(), options.train_targets(), "tensors/train");
  if (options.targets() == TargetKind::classes) all.classes = count_classes(all.targets, options.train_targets());

  auto splits = split(all, options);
  if (has_test_file) splits.test = read_test(options, all);
  const auto type = all.inputs.scalar_type();
  const bool bytes = type == torch::kUInt8;
  if (options.standardize() && !is_token_type(type) && (!bytes || options.standardize_bytes())) standardize(splits);
  if (options.targets() == TargetKind::values && options.standardize_targets()) standardize_targets(splits);
  return splits;
}

}  // namespace vib
