#pragma once

#include <string>

#include <torch/types.h>

namespace vib {

/// The numbers of a file, as they are: a tensor of any shape and type as read_tensor() reads it, or a CSV file of
/// numbers alone, without a header, `[rows, columns]` float64, cells separated by commas, in a .tsv by tabs. Throws
/// vib::DataError, `FILE:LINE: ...`, for what is neither, for rows of different lengths, and for a cell that is no
/// finite number; of a first line that names columns it says so. `what`, in messages: "a joint table".
torch::Tensor read_number_table(const std::string& source, const std::string& what);

}  // namespace vib
