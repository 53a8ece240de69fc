#include "apps/vib/training_progress.h"

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
  for (std::int64_t r = 0; r < trainer.replicas(); ++r) {
    const auto metrics = trainer.train_metrics(r);
    update.loss_bits = update.loss_bits.value_or(0) + metrics.loss_bits / replicas;
    update.error = update.error.value_or(0) + metrics.error / replicas;
    if (metrics.rate_bits) update.rate_bits = update.rate_bits.value_or(0) + *metrics.rate_bits / replicas;
  }
  const auto examples = steps * static_cast<double>(trainer.options().batch_size()) * replicas;
  update.examples_per_second = examples / trainer.seconds_in_epoch();
  update.seconds_left = steps_left * trainer.seconds_in_epoch() / steps;
  return update;
}

}  // namespace vib::app
