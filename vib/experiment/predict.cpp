#include "vib/experiment/predict.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vib/core/device.h"
#include "vib/core/error.h"
#include "vib/core/random.h"
#include "vib/core/units.h"
#include "vib/data/idx.h"
#include "vib/experiment/experiment.h"
#include "vib/experiment/json.h"

namespace vib {
namespace {

// `[N, H, W]` bytes of the run's image size, as a data set without labels.
Dataset load_images(const std::filesystem::path& input, const DataConfig& config) {
  const auto shape = data_shape(config);
  auto images = read_idx(input);
  if (images.dim() != 3 || images.size(1) != shape.height || images.size(2) != shape.width)
    throw DataError(fmt::format("{}: expected images of {} x {}, found an array of {}", input.string(), shape.height,
                                shape.width, fmt::join(images.sizes(), " x ")));
  Dataset data;
  data.inputs = images.unsqueeze(1);
  data.low = config.low;
  data.high = config.high;
  data.classes = shape.classes;
  return data;
}

}  // namespace

std::vector<PredictionRow> predict_file(const RunDirectory& run, const std::filesystem::path& input) {
  const auto config = run_config(run);
  auto data = load_images(input, config.data);
  const auto device = set_up_compute(config);
  auto model = load_classifier(run, device);
  const auto generator = make_generator(device, derive_seed(config.seed, Stream::evaluation));

  std::vector<PredictionRow> rows;
  const auto examples = data.inputs.size(0);
  for (std::int64_t begin = 0; begin < examples; begin += config.evaluate.batch_size) {
    const auto end = std::min(begin + config.evaluate.batch_size, examples);
    const auto p = predict(model, data.batch_inputs(begin, end).to(device), config.evaluate.samples, generator);
    const auto [best, label] = p.log_probability.max(-1);
    const auto entropy = -(p.log_probability.exp() * p.log_probability).nan_to_num().sum(-1);
    const auto columns =
        at::stack({label.to(torch::kFloat64), best.exp(), p.rate.to(torch::kFloat64), entropy}, 1).cpu();
    const auto row = columns.accessor<double, 2>();
    for (std::int64_t i = 0; i < end - begin; ++i)
      rows.push_back({begin + i, static_cast<std::int64_t>(row[i][0]), row[i][1],
                      model->deterministic() ? std::nullopt : std::optional(to_bits(row[i][2])), to_bits(row[i][3])});
  }
  return rows;
}

std::string to_csv(const std::vector<PredictionRow>& rows) {
  std::string text = "index,class,probability,rate_bits,entropy_bits\n";
  for (const auto& r : rows)
    text += fmt::format("{},{},{:.6f},{},{:.6f}\n", r.index, r.label, r.probability,
                        r.rate_bits ? fmt::format("{:.4f}", *r.rate_bits) : "", r.entropy_bits);
  return text;
}

std::string to_jsonl(const std::vector<PredictionRow>& rows) {
  std::string text;
  for (const auto& r : rows) {
    const Json row = {{"index", r.index},
                      {"class", r.label},
                      {"probability", r.probability},
                      {"rate_bits", r.rate_bits ? Json(*r.rate_bits) : Json(nullptr)},
                      {"entropy_bits", r.entropy_bits}};
    text += row.dump() + '\n';
  }
  return text;
}

}  // namespace vib
