#pragma once

#include "vib/core/export.h"
#include "vib/objective/objective.h"

namespace vib {

// Terms that stand beside the price of the rate, for targets that are classes or labels. Of each draw, then averaged
// over the draws; in nats.
//
//     TrainerOptions().objective(Objective().add("label_smoothing", 0.1, label_smoothing()))
//
// They throw c10::Error where the likelihood has no answers to choose from (LikelihoodFamily::log_answers).

/// T = -1/C Σ_k log q(k|z) - D, for D + ε T to be the cross-entropy of the smoothed targets (1 - ε) y + ε / C. Labels
/// are smoothed each by itself, towards ½. Szegedy et al. (2016), Rethinking the Inception architecture for computer
/// vision, section 7.
VIB_API Objective::Term label_smoothing();

/// T = -H( q(y|z) ), the negative entropy of what a draw predicts. Pereyra et al. (2017), Regularizing neural networks
/// by penalizing confident output distributions, eq. 2.
VIB_API Objective::Term confidence_penalty();

}  // namespace vib
