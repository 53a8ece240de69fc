#include "vib/evaluate/metric_info.h"

namespace vib {

std::vector<MetricInfo> metric_infos() {
  return {
      {.key = "error", .name = "error", .words = "share wrong", .unit = "%", .factor = 100, .digits = 2},
      {.key = "error_mean_z",
       .name = "error at mean z",
       .words = "share wrong at z = μ",
       .unit = "%",
       .factor = 100,
       .digits = 2,
       .in_table = false,
       .in_pictures = false},
      {.key = "rmse", .name = "RMSE", .words = "root mean squared error", .unit = ""},
      {.key = "r2",
       .name = "R²",
       .words = "coefficient of determination",
       .unit = "",
       .better = Better::kHigher,
       .in_table = false,
       .in_pictures = false},
      {.key = "nll_bits", .name = "NLL", .words = "negative log-likelihood", .unit = "bits"},
      {.key = "distortion_bits",
       .name = "distortion",
       .words = "distortion",
       .unit = "bits",
       .in_table = false,
       .in_pictures = false},
      {.key = "rate_bits",
       .name = "rate",
       .words = "rate",
       .unit = "bits",
       .digits = 2,
       .better = Better::kNeither,
       .in_pictures = false,
       .null_if_absent = true},
      {.key = "izy_bits",
       .name = "I(Z;Y)",
       .words = "I(Z;Y), a lower bound",
       .unit = "bits",
       .better = Better::kHigher,
       .in_pictures = false},
  };
}

}  // namespace vib
