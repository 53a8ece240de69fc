#include "vib/objective/objective.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "vib/objective/priced.h"

namespace vib {

torch::Tensor VibTerms::loss(double beta) const {
  TORCH_CHECK(beta >= 0, "β must be at least 0, got ", beta);
  return (distortion + beta * (residual.defined() ? residual : rate)).mean(-1);
}

VibTerms vib_terms(const VibModelImpl& model, const VibOutput& output, const torch::Tensor& targets) {
  return {model.likelihood().negative_log(output.decoded, targets).mean(0),
          model.prior.kl(output.z, model.prior_context(output.posterior, targets)),
          model.prior.residual(output.posterior, output.z, targets).value_or(torch::Tensor())};
}

torch::Tensor linear_price(const torch::Tensor& rate, const torch::Tensor& beta) { return beta * rate; }

torch::Tensor squared_price(const torch::Tensor& rate, const torch::Tensor& beta) {
  return beta * rate.mean(-1, /*keepdim=*/true).square();
}

Price power_price(double exponent) {
  TORCH_CHECK(std::isfinite(exponent) && exponent >= 1, "a power of the rate must be at least 1, got ", exponent);
  return [exponent](const torch::Tensor& rate, const torch::Tensor& beta) {
    return beta * rate.mean(-1, /*keepdim=*/true).pow(exponent);
  };
}

Price exponential_price(double eta) {
  TORCH_CHECK(std::isfinite(eta) && eta > 0, "the rate's factor in an exponential must be above 0, got ", eta);
  return [eta](const torch::Tensor& rate, const torch::Tensor& beta) {
    return beta * (eta * rate.mean(-1, /*keepdim=*/true)).expm1();
  };
}

Price hinge_price(double capacity, HingeOf of) {
  TORCH_CHECK(std::isfinite(capacity) && capacity >= 0, "a free rate must be at least 0, got ", capacity);
  return [capacity, of](const torch::Tensor& rate, const torch::Tensor& beta) {
    const auto counted = of == HingeOf::kBatch ? rate.mean(-1, /*keepdim=*/true) : rate;
    return beta * (counted - capacity).clamp_min(0);
  };
}

Objective& Objective::add(const std::string& name, double weight, Term term) {
  auto taken = regularisers();
  taken.insert(taken.end(), {"distortion", "rate", "mistakes", "residual"});
  TORCH_CHECK(std::ranges::find(taken, name) == taken.end(), "the objective has a term \"", name, "\" already");
  regularisers_.push_back({name, weight, std::move(term)});
  return *this;
}

std::vector<std::string> Objective::regularisers() const {
  std::vector<std::string> names;
  for (const auto& regulariser : regularisers_) names.push_back(regulariser.name);
  return names;
}

std::vector<std::string> Objective::names(const VibModelImpl& model) const {
  std::vector<std::string> names = {"distortion", "rate", "mistakes"};
  if (model.prior.conditional()) names.emplace_back("residual");
  for (const auto& regulariser : regularisers_) names.push_back(regulariser.name);
  return names;
}

TensorMap Objective::terms(VibModelImpl& model, const Batch& batch) const {
  const auto output = model.forward_with(batch.x, batch.noise);
  auto [distortion, rate, residual] = vib_terms(model, output, batch.y);
  const auto& likelihood = model.likelihood();
  const auto mean = likelihood.mean(output.decoded.detach());
  const auto mistakes = (batch.units.defined() ? likelihood.mistakes(mean * batch.units, batch.y * batch.units)
                                               : likelihood.mistakes(mean, batch.y))
                            .mean(0);
  TensorMap terms;
  terms.insert("distortion", std::move(distortion));
  terms.insert("rate", std::move(rate));
  terms.insert("mistakes", mistakes);
  if (residual.defined()) terms.insert("residual", std::move(residual));
  for (const auto& [name, weight, term] : regularisers_) terms.insert(name, term(model, output, batch));
  return terms;
}

torch::Tensor Objective::loss(const TensorMap& terms, const torch::Tensor& beta) const {
  auto cost = terms["distortion"] + price_(priced(terms), beta.unsqueeze(-1));
  for (const auto& [name, weight, term] : regularisers_) cost = cost + weight * terms[name];
  return cost.mean(-1);
}

double Objective::cost(double distortion, double rate, double beta) const {
  const auto number = [](double x) { return torch::tensor(x, torch::kFloat64).view({1, 1}); };
  return distortion + price_(number(rate), number(beta)).mean().item<double>();
}

}  // namespace vib
