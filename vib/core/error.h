#pragma once

#include <stdexcept>
#include <string>

#include "vib/core/export.h"

namespace vib {

/// A mistake of the user's that the library can name: `what()` says what is wrong, what is allowed and the way out.
/// Wrong tensors handed to a function are `TORCH_CHECK`'s business (c10::Error), not this one's.
class VIB_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A configuration that cannot be used. `what()` begins `FILE:LINE:COLUMN: key: …`. Exit code 2.
class VIB_API ConfigError : public Error {
 public:
  using Error::Error;
};

/// A data set that is missing, truncated, corrupt or mislabelled; names the file, what was expected and what was
/// found, and how to get the data. Exit code 3.
class VIB_API DataError : public Error {
 public:
  using Error::Error;
};

/// A run directory, weights file or checkpoint that is missing, damaged or belongs to something else. Exit code 1.
class VIB_API StateError : public Error {
 public:
  using Error::Error;
};

/// A loss, rate or distortion that stopped being a number. Names the step, β, the learning rate and the term. Exit
/// code 1.
class VIB_API NonFiniteError : public Error {
 public:
  using Error::Error;
};

}  // namespace vib
