#include "vib/core/device.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>

#include "vib/core/atomic_file.h"
#include "vib/core/error.h"

namespace vib {
namespace {

TEST(Device, AutoTakesWhatIsThere) {
  EXPECT_EQ(resolve_device("auto").type(), torch::cuda::is_available() ? torch::kCUDA : torch::kCPU);
  EXPECT_EQ(resolve_device("cpu").type(), torch::kCPU);
}

TEST(Device, RefusesWhatIsNoDevice) {
  for (const auto* name : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1234567"}) {
    EXPECT_THROW(resolve_device(name), Error) << name;
  }
}

TEST(Device, SaysWhetherTheBuildOrTheMachineLacksCuda) {
  if (torch::cuda::is_available()) GTEST_SKIP() << "there is a CUDA device here";
  try {
    resolve_device("cuda:0");
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::AnyOf(testing::HasSubstr("CPU build"), testing::HasSubstr("no CUDA device")));
  }
}

TEST(Device, GeneratorsAreIndependentOfTheDefaultOne) {
  torch::manual_seed(1);
  const auto expected = torch::randn({3});
  torch::manual_seed(1);
  torch::randn({100}, make_generator(torch::kCPU, 5));
  EXPECT_TRUE(torch::equal(torch::randn({3}), expected));
}

// "device hard-coded": what computes never names a GPU; it follows the tensors it is given.
TEST(Device, IsNamedNowhereInTheRoomsThatCompute) {
  for (const auto* room : {"distribution", "data", "nn", "objective", "train", "evaluate"}) {
    const auto folder = std::filesystem::path(VIB_SOURCE_DIR) / "vib" / room;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (!file.is_regular_file()) continue;
      EXPECT_THAT(read_file(file.path()),
                  testing::Not(testing::AnyOf(testing::HasSubstr("kCUDA"), testing::HasSubstr(".cuda()"))))
          << file.path();
    }
  }
}

}  // namespace
}  // namespace vib
