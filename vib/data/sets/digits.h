#pragma once

#include <cstdint>

#include "vib/core/export.h"
#include "vib/data/dataset.h"
#include "vib/data/hold_out.h"

namespace vib {

/// How many images of the built-in digits there are, which ones, and how bytes become floats.
struct DigitsOptions {
  std::int64_t train = 60000;    ///< training images, those held out included
  std::int64_t test = 10000;     ///< test images
  HoldOut validation = 5000;     ///< images held out of the training ones
  std::uint64_t seed = 0;        ///< another seed makes other images
  std::uint64_t split_seed = 0;  ///< which images are held out
  double low = -1;               ///< value of black
  double high = 1;               ///< value of white
};

/// The ten digits in white on black, drawn by the program itself and handwritten to look at: inputs `[N, 1, 28, 28]`
/// uint8, 10 classes, `factors` as in DigitFactors, by name (`[N]`; "style" int64, the others float32).
///
/// Classes, the three styles of each and all other factors are uniform and independent:
///
///     bend       -4 to 4 pixels       scale_x   0.65 to 1.1              shift_x    -2 to 2 pixels
///     taper    -0.4 to 0.4            scale_y   0.75 to 1.05             shift_y    -2 to 2 pixels
///     waist      -3 to 3 pixels       shear     -0.3 to 0.3              thickness   1 to 3.5 pixels
///     arch     -2.5 to 2.5 pixels     rotation  -0.3 to 0.3 radians      blur      0.3 to 0.8 pixels
///     noise       0 to 0.1 of the range from black to white
///
/// How hard it is, in test accuracy on 10,000 images after training on 60,000: ridge regression onto the one-hot labels
/// 73 %, logistic regression 81 %, the ReLU network 784-1024-1024-10 99.2 % (5 epochs of AdamW, batches of 128,
/// learning rate from 1e-3 down to 0), a small convolutional network 99.5 % (3 epochs from 2e-3). Narrow sevens pass
/// for ones and angular threes for fives, as on paper.
///
/// Train, validation and test share no image. Throws vib::ConfigError when a split is to have no image, and what
/// hold_out() throws.
VIB_API DataSplits make_digits(const DigitsOptions& options);

/// `count` such images, a pure function of its arguments: image i depends on `seed`, `stream` and i alone, so a smaller
/// data set is the beginning of a larger one, and the number of threads does not matter. Other streams hold other
/// images: 0 is the training split, 1 the test split. 60,000 take 1.3 s of one core.
/// Throws vib::ConfigError unless `count` is positive.
VIB_API Dataset make_digits(std::int64_t count, std::uint64_t seed, std::uint64_t stream);

}  // namespace vib
