#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "vib/core/export.h"

namespace vib {

/// p(x, y) of two variables with finitely many values.
struct JointTable {
  torch::Tensor p;  ///< float64 `[X, Y]`, sums to 1
  double hx_bits = 0;
  double hy_bits = 0;
  double ixy_bits = 0;  ///< I(X;Y)
};

/// The table of counts or probabilities `[X, Y]`, rows x and columns y, of any type of number, divided by its sum.
/// Throws vib::DataError, with the row and column from 1, for what is no table, empty, NaN, infinite or negative, and
/// for a table of nothing but zeros.
VIB_API JointTable joint_table(const torch::Tensor& counts);

/// A piece of a joint table that shares no row and no column that is not zero with the others.
struct TablePart {
  double weight = 0;          ///< p(piece)
  torch::Tensor p_x;          ///< p(x | piece), `[X]`
  torch::Tensor p_y_given_x;  ///< p(y | x), `[X, Y]`
  torch::Tensor p_y;          ///< p(y | piece), `[Y]`
};

/// What the information between X and Y rests on, exactly: rows and columns of zeros are dropped, rows x of one
/// p(y|x) are taken together, then columns y of one p(x|y) (equal within 1e-12), and what is left falls into its
/// connected pieces, the largest weight first. A table has one piece unless a function of X is a function of Y, too.
VIB_API std::vector<TablePart> table_parts(const torch::Tensor& p);

}  // namespace vib
