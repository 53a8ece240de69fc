#include "vib/data/drawn_inputs.h"

#include "vib/core/device.h"

namespace vib {

torch::Tensor drawn_inputs(const Dataset& data, std::int64_t count, std::uint64_t seed) {
  TORCH_CHECK(count >= 0 && count <= data.size(), "cannot draw ", count, " of the ", data.size(), " examples of ",
              data.name);
  const auto order = at::randperm(data.size(), make_generator(torch::kCPU, seed), torch::kInt64);
  return data.batch_inputs(order.slice(0, 0, count).to(data.inputs.device()));
}

}  // namespace vib
