#pragma once

#include <string>
#include <string_view>
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

/// What such a file must hold: "a tensor of numbers (float) [N, 3] (...)".
std::string expected_inputs(const DataDescription& run);

/// Throws vib::DataError: `SOURCE: is a PNG image; this run takes ...`. `what` is what it is instead.
[[noreturn]] void refuse_kind(const DataDescription& run, const std::string& source, std::string_view what);

/// Throws vib::DataError where a file, for a run of texts, does not look like one: by its first bytes, or by the name
/// of a table.
void require_texts(const DataDescription& run, const std::string& file);

}  // namespace vib
