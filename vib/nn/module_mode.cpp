#include "vib/nn/module_mode.h"

#include <algorithm>

namespace vib {

ModuleMode::ModuleMode(torch::nn::Module& module, Mode mode) {
  const bool training = mode == kTraining;
  if (training && module.is_training()) return;
  const auto modules = module.modules();
  if (std::ranges::all_of(modules, [&](const auto& m) { return m->is_training() == training; })) return;
  for (const auto& m : modules) before_.emplace_back(m, m->is_training());
  module.train(training);
}

// `train` reaches a module's children, too, whose own turn comes later.
ModuleMode::~ModuleMode() {
  for (const auto& [module, was_training] : before_) module->train(was_training);
}

}  // namespace vib
