#include "vib/sweep/trial_names.h"

#include <ctime>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vib {
namespace {

TEST(TrialNames, TakeTimeInProportionToTheirNumberWhateverTheyAre) {
  const auto cpu_time = [](int count) {
    const auto begun = std::clock();
    TrialNames names;
    std::string last;
    for (int i = 0; i < count; ++i) last = names.take("root");
    EXPECT_EQ(last, fmt::format("root_{}", count));
    return static_cast<double>(std::clock() - begun);
  };
  cpu_time(10);  // what is done once
  EXPECT_LT(cpu_time(5000), 30 * cpu_time(500)) << "10 times the names";
}

}  // namespace
}  // namespace vib
