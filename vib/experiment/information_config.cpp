#include "vib/experiment/information_config.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "vib/config/axis.h"
#include "vib/core/error.h"
#include "vib/information/parse_estimator.h"

namespace vib {
namespace {

constexpr std::int64_t kLastEpoch = 1'000'000'000;

std::int64_t whole_epoch(const std::string& text, const Place& place) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value != std::floor(value) || value < 0 ||
      value > kLastEpoch)
    refuse(place, "information.epochs",
           fmt::format("{} is no epoch; allowed: whole numbers from 0, the state before the first, to {}, as in "
                       "1,10,100, 1..20 or log:1:8000:400",
                       text, kLastEpoch));
  return static_cast<std::int64_t>(value);
}

}  // namespace

void describe(Section& s, InformationConfig& o) {
  s.field("epochs", o.epochs,
          "after which epochs: values as of a sweep's axis, as in 1,10,100, 0..20 or log:1:8000:400 (rounded to whole "
          "epochs, each later than the one before); 0: before the first; empty: never, which costs nothing");
  s.field("estimators", o.estimators,
          "of I(T;X) and I(T;Y): bins:COUNT:LOW:HIGH, adaptive:COUNT, idnns:EDGES, kernel:VARIANCE; the numbers may be "
          "left out");
  s.choice("on", o.on,
           {{"all", InformationConfig::On::kAll, "training, validation and test part together"},
            {"train", InformationConfig::On::kTrain, ""},
            {"test", InformationConfig::On::kTest, ""}},
           "the examples that the layers are asked about");
}

std::vector<std::int64_t> recorded_epochs(const std::string& text, const Place& place) {
  if (text.empty()) return {};
  const auto axis = parse_axis("information.epochs=" + text, place);
  std::vector<std::int64_t> epochs;
  if (!axis) return {whole_epoch(text, place)};
  const bool grid = text.starts_with("log:") || text.starts_with("lin:");
  for (const auto& value : axis->values) {
    if (!grid) {
      epochs.push_back(whole_epoch(value, place));
      continue;
    }
    const auto nearest = std::llround(std::strtod(value.c_str(), nullptr));
    if (nearest < 0 || nearest > kLastEpoch) whole_epoch(value, place);
    epochs.push_back(epochs.empty() ? nearest : std::max<std::int64_t>(nearest, epochs.back() + 1));
  }
  std::ranges::sort(epochs);
  return epochs;
}

void check(const InformationConfig& o, std::int64_t trained_epochs, const ConfigOrigins& origins) {
  if (o.epochs.empty()) {
    const InformationConfig unused;  // which a resolved configuration writes out
    const char* key = o.estimators != unused.estimators ? "information.estimators"
                      : o.on != unused.on               ? "information.on"
                                                        : nullptr;
    if (key != nullptr)
      origins.fail(key, "has no effect while information.epochs is empty; say when, as in log:1:8000:400");
    return;
  }
  if (const auto last = recorded_epochs(o.epochs, {origins.where("information.epochs"), false}).back();
      last > trained_epochs)
    origins.fail("information.epochs",
                 fmt::format("{} is never reached, since train.epochs is {}; end with that one, or "
                             "train longer",
                             last, trained_epochs));
  for (const auto& estimator : o.estimators) {
    try {
      parse_estimator(estimator);
    } catch (const Error& e) {
      origins.fail("information.estimators", e.what());
    }
  }
}

}  // namespace vib
