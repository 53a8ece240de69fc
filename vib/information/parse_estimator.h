#pragma once

#include <memory>
#include <string_view>

#include "vib/core/export.h"
#include "vib/information/estimate.h"

namespace vib {

/// The estimator that a text names (vib/information/binning.h, vib/information/kernel.h):
///
///     bins                     cells of one width: 30 over [-1, 1] where all values lie there, else 100 over what is
///                              observed
///     bins:30                  as many, over a range so chosen
///     bins:30:-1:1             over this range
///     bins:100:observed        from the least to the greatest value
///     adaptive, adaptive:30    cells of one mass; 30 unless said
///     idnns, idnns:30          numpy.linspace(-1, 1, 30) as edges; 30 unless said
///     kernel, kernel:0.001     Gaussian noise of this variance; 0.001 unless said
///
/// After what bins, `:miller-madow` corrects its entropies. Throws vib::Error, which says what was given and what is
/// allowed.
VIB_API std::shared_ptr<const InformationEstimator> parse_estimator(std::string_view text);

}  // namespace vib
