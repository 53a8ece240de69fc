#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vib/config/section.h"
#include "vib/nn/encoder/mlp.h"

namespace vib {

// Keys that several networks have.

/// `hidden`, which may be empty.
void hidden_key(Section& s, std::vector<std::int64_t>& hidden);
/// `activation`
void activation_key(Section& s, Activation& activation);
/// `dropout`
void dropout_key(Section& s, double& dropout, std::string meaning);
/// `input_dropout`
void input_dropout_key(Section& s, double& dropout);
/// `embedding`
void embedding_key(Section& s, std::int64_t& embedding);

}  // namespace vib
