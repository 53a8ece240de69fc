#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <torch/types.h>

namespace vib {

/// What every refusal of something else that Python saved begins with.
inline constexpr std::string_view kNotTensors =
    "not a plain dict of names to tensors (in Python: torch.save(module.state_dict(), path))";

/// What a pickle says of a tensor: which numbers of which part of the file it is made of.
struct PickledTensor {
  std::string_view name;  ///< lies in the pickle, as `part`
  torch::ScalarType dtype;
  std::string_view part;  ///< "0": data/0 in the file
  std::int64_t offset;    ///< in elements, as the strides
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> strides;  ///< as many as sizes
  bool conjugated = false;            ///< the numbers are to be, as those below
  bool negated = false;
};

/// Reads the pickle of a dict of names to tensors, as `save_tensors` and Python's `torch.save` write it (protocol 2): a
/// plain dict, or the OrderedDict of a module's state_dict(). Nothing that the pickle says is called or looked up, and
/// all that is made of it takes memory in proportion to its length. What else a pickle can hold is refused by name.
/// Throws std::runtime_error with the reason alone. Whether the numbers lie within their part is the caller's to check.
std::vector<PickledTensor> read_pickle(std::string_view bytes);

}  // namespace vib
