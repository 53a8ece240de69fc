#include "vib/objective/regularisers.h"

namespace vib {
namespace {

torch::Tensor log_answers(const VibModelImpl& model, const VibOutput& output, const char* term) {
  const auto answers = model.likelihood().log_answers(output.decoded);
  TORCH_CHECK(answers.defined(), term, " is of classes and labels, and the likelihood is ", model.likelihood().name());
  return answers;
}

}  // namespace

Objective::Term label_smoothing() {
  return [](const VibModelImpl& model, const VibOutput& output, const Batch& batch) {
    const auto uniform = -log_answers(model, output, "label smoothing").mean(-1).sum(-1);
    return (uniform - model.likelihood().negative_log(output.decoded, batch.y)).mean(0);
  };
}

Objective::Term confidence_penalty() {
  return [](const VibModelImpl& model, const VibOutput& output, const Batch&) {
    const auto log_q = log_answers(model, output, "a confidence penalty");
    return (log_q.exp() * log_q).sum(-1).sum(-1).mean(0);
  };
}

}  // namespace vib
