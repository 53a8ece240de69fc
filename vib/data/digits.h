#pragma once

#include <cstdint>

#include "vib/data/dataset.h"

namespace vib {

struct DigitsOptions {
  std::int64_t train = 60000;      ///< images to train on, those held out included
  std::int64_t test = 10000;       ///< images of the test split
  std::int64_t validation = 5000;  ///< images held out of `train`
  std::uint64_t seed = 0;          ///< another seed, other images
  double low = -1;                 ///< value of black
  double high = 1;                 ///< value of white
};

Dataset make_digits(std::int64_t count, std::uint64_t seed, std::uint64_t stream);

DataSplits make_digits(const DigitsOptions& options);

}  // namespace vib
