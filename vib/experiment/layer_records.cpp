#include "vib/experiment/layer_records.h"

#include <fmt/format.h>

#include "vib/core/csv.h"
#include "vib/information/parse_estimator.h"

namespace vib {
namespace {

std::string optional_field(const std::optional<double>& value) { return value ? csv_field(*value) : ""; }

std::string information_line(std::int64_t epoch, const LayerInformation& of, double label_entropy_bits) {
  const auto& e = of.estimate;
  return csv_line({fmt::format("{}", epoch), csv_field(of.layer), csv_field(of.estimator), fmt::format("{}", e.n),
                   csv_field(label_entropy_bits), csv_field(e.itx_bits), csv_field(e.ity_bits),
                   optional_field(e.itx_lower_bits), optional_field(e.itx_upper_bits), optional_field(e.ity_lower_bits),
                   optional_field(e.ity_upper_bits), optional_field(e.entropy_bits),
                   e.distinct ? fmt::format("{}", *e.distinct) : "",
                   e.saturated ? fmt::format("{:d}", *e.saturated) : ""});
}

std::string gradient_line(std::int64_t epoch, const LayerGradient& of) {
  return csv_line({fmt::format("{}", epoch), csv_field(of.layer), csv_field(of.mean_norm), csv_field(of.deviation_norm),
                   csv_field(of.mean_norm / of.deviation_norm)});
}

Dataset joined(const std::vector<const Dataset*>& parts) {
  std::vector<torch::Tensor> inputs, targets;
  for (const auto* part : parts) {
    if (part->size() == 0) continue;
    inputs.push_back(part->inputs);
    targets.push_back(part->targets);
  }
  auto all = *parts.front();
  all.inputs = at::cat(inputs);
  all.targets = at::cat(targets);
  all.weights = torch::Tensor();
  return all;
}

}  // namespace

RecordingOptions recording_options(const InformationConfig& o, const DataSplits& data) {
  RecordingOptions options;
  options.epochs(recorded_epochs(o.epochs, {"information.epochs", false}));
  if (options.epochs().empty()) return options;
  for (const auto& estimator : o.estimators) options.estimators().push_back(parse_estimator(estimator));
  switch (o.on) {
    case InformationConfig::On::kAll: options.data(joined({&data.train, &data.validation, &data.test})); break;
    case InformationConfig::On::kTrain: options.data(data.train); break;
    case InformationConfig::On::kTest: options.data(data.test); break;
  }
  return options;
}

LayerRecords::LayerRecords(const RunDirectory& run, double label_entropy_bits)
    : information_(run.information(),
                   "epoch,layer,estimator,n,label_entropy_bits,itx_bits,ity_bits,itx_lower_bits,itx_upper_bits,"
                   "ity_lower_bits,ity_upper_bits,entropy_bits,distinct,saturated\n"),
      gradients_(run.gradients(), "epoch,layer,mean_norm,deviation_norm,ratio\n"),
      label_entropy_bits_(label_entropy_bits) {}

void LayerRecords::resume_after(std::int64_t epoch) const {
  information_.resume_after(epoch);
  gradients_.resume_after(epoch);
}

void LayerRecords::add(const LayerRecord& record) const {
  std::string information, gradients;
  for (const auto& of : record.information) information += information_line(record.epoch, of, label_entropy_bits_);
  for (const auto& of : record.gradients) gradients += gradient_line(record.epoch, of);
  if (!information.empty()) information_.append(information);
  if (!gradients.empty()) gradients_.append(gradients);
}

void LayerRecords::sync() const {
  information_.sync();
  gradients_.sync();
}

}  // namespace vib
