#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/experiment/data_description.h"

namespace vib {

// New examples of the kind that a run was trained on, as data files hold them: nothing is scaled yet.

/// `inputs` `[N, ...]` in the run's own shape: dimensions of size one, as that of an image's one channel, may be there
/// or not. Throws vib::DataError in the name of `source` where they are of another kind or shape, hold a NaN or an
/// infinity, or a token id that the run does not know.
torch::Tensor as_inputs(const DataDescription& run, torch::Tensor inputs, const std::string& source);

/// What a file holds: a tensor (see read_tensor()), images of an IDX file, .gz or plain, an image, or the images of a
/// folder in order of their names, resized. Throws vib::DataError.
torch::Tensor read_inputs(const DataDescription& run, const std::string& file);

/// The token ids `[N, L]` of texts by the run's vocabulary.
torch::Tensor encode_texts(const DataDescription& run, const std::vector<std::string>& texts);

/// Throws vib::DataError: `source` is not what the run was trained on.
[[noreturn]] void refuse_kind(const DataDescription& run, const std::string& source);

}  // namespace vib
