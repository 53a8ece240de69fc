#include "vib/information/generalization.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "vib/core/error.h"

namespace vib {
namespace {

// ln 1000 + ln 40 = 10.59663..., over 2000.
TEST(Generalization, AFiniteClassHasHoeffdingsBound) {
  EXPECT_NEAR(finite_class_bound(std::log2(1000.0), 1000, 0.05), std::sqrt(10.596634733096073 / 2000), 1e-12);
  EXPECT_NEAR(finite_class_bound(0, 100, 0.5), std::sqrt(std::log(4.0) / 200), 1e-12);
}

// 2^5 = 32 cells have 2^32 ways to be given two classes.
TEST(Generalization, ALayersCellsAreGivenClassesInEveryWay) {
  EXPECT_NEAR(input_compression_bound(5, 1000, 0.05), finite_class_bound(32, 1000, 0.05), 1e-15);
  EXPECT_NEAR(input_compression_bound(5, 1000, 0.05), std::sqrt((32 * std::log(2.0) + std::log(40.0)) / 2000), 1e-12);
  EXPECT_TRUE(std::isinf(input_compression_bound(5000, 1000, 0.05)));
}

TEST(Generalization, NumbersThatAreNoneAreRefused) {
  for (const double bits : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(finite_class_bound(bits, 10, 0.1), Error);
    EXPECT_THROW(input_compression_bound(bits, 10, 0.1), Error);
  }
  EXPECT_THROW(finite_class_bound(1, 0, 0.1), Error);
  for (const double delta : {0.0, 1.0, -0.1, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_THROW(finite_class_bound(1, 10, delta), Error);
}

}  // namespace
}  // namespace vib
