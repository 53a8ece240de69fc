#include "apps/vib/training_progress.h"

#include <vector>

namespace vib::app {

bool ProgressPace::due(const Trainer& trainer) {
  const auto now = std::chrono::steady_clock::now();
  if (trainer.step_in_epoch() < trainer.steps_per_epoch() && now - last_ < std::chrono::milliseconds(100)) return false;
  last_ = now;
  return true;
}

ProgressUpdate describe_progress(const Trainer& trainer) {
  const auto replicas = static_cast<double>(trainer.replicas());
  const auto steps_per_epoch = static_cast<double>(trainer.steps_per_epoch());
  const auto steps = static_cast<double>(trainer.step_in_epoch());
  const auto steps_left = steps_per_epoch * static_cast<double>(trainer.options().epochs() - trainer.epoch()) - steps;
  ProgressUpdate update;
  update.epoch = static_cast<int>(trainer.epoch()) + 1;
  update.epochs = static_cast<int>(trainer.options().epochs());
  update.step = static_cast<int>(trainer.step_in_epoch());
  update.steps = static_cast<int>(trainer.steps_per_epoch());
  std::vector<Numbers> shown;
  for (std::int64_t r = 0; r < trainer.replicas(); ++r)
    if (trainer.failure(r).empty()) shown.push_back(trainer.train_metrics(r));
  for (const auto& metrics : shown) {
    const auto share = 1 / static_cast<double>(shown.size());
    const auto add = [&](std::optional<double>& sum, const char* name) {
      if (const auto number = metrics.find(name)) sum = sum.value_or(0) + share * *number;
    };
    add(update.loss_bits, "loss_bits");
    add(update.error, "error");
    add(update.rate_bits, "rate_bits");
  }
  const auto examples = steps * static_cast<double>(trainer.options().batch_size()) * replicas;
  update.examples_per_second = examples / trainer.seconds_in_epoch();
  update.seconds_left = steps_left * trainer.seconds_in_epoch() / steps;
  return update;
}

}  // namespace vib::app
