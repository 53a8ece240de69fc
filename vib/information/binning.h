#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/arg.h>
#include <torch/types.h>

#include "vib/core/export.h"
#include "vib/information/estimate.h"

namespace vib {

/// Which values share a cell. Every unit of a layer has the same cells.
enum class BinningRule {
  /// Cells of one width from `low` to `high`, "bins". They are numbered from the middle c outwards, by the distance
  /// |v - c|, so that the mirror image of a layer has the mirror image of its cells:
  ///
  ///     floor(|v - c| / width)        on either side of c, where the number of cells is even
  ///     floor(|v - c| / width + ½)    where it is odd: 0 is the cell in the middle
  ///
  /// That is floor((v - low) / width), save for a value exactly on an edge: it belongs to the cell farther from the
  /// middle, and exactly in the middle of an even number of cells, which is on neither side, it has a cell of its own.
  /// What lies beyond `low` or `high` belongs to the outermost cells.
  equal,
  /// Cells of one mass, "adaptive": the same over the ranks of all the layer's values, which lie between 0 and 1. Equal
  /// values have one rank, the middle of theirs, and so one cell.
  adaptive,
  /// The cells of the code of Shwartz-Ziv & Tishby (2017), "idnns": numpy.digitize(v, numpy.linspace(-1, 1, bins)).
  /// `bins` is the number of edges: 30 are 29 cells from -1 to 1 and one for v >= 1, where tanh is 1 in float32. (Their
  /// code puts v < -1, which tanh never is, into that one, too; here it has one of its own.)
  idnns,
};

struct VIB_API BinningOptions {
  explicit BinningOptions(BinningRule rule = BinningRule::equal) : rule_(rule) {}

  TORCH_ARG(BinningRule, rule);
  /// Cells, of `idnns` edges. 0: 30, but 100 where `equal` takes the observed range by its own choice.
  TORCH_ARG(std::int64_t, bins) = 0;
  /// Of `equal` alone. `bounded`, the default, is a choice from the values: [-1, 1] where all of them lie there, as
  /// those of tanh do, else as `observed`. A recording over time wants it `given`: else cells move as the layer does.
  TORCH_ARG(CellRange, range) = CellRange::bounded;
  TORCH_ARG(double, low) = -1;  ///< where `given`
  TORCH_ARG(double, high) = 1;
  /// Adds to each entropy what it lacks on average for having been counted: (cells that are not empty - 1) / 2N nats
  /// (Miller 1955). For examples that were drawn; where they are all that X can be, there is nothing to correct.
  TORCH_ARG(bool, miller_madow) = false;
};

/// What a layer knows once its activations are rounded to cells: T is a row of D cells, and
///
///     I(T;X) = H(T) - H(T|X)      I(T;Y) = H(T) - H(T|Y)      H = -Σ n/N log2 n/N
///
/// counted, nothing assumed: H(T|X) is 0 where every example has an input of its own, or the layer is a function of its
/// inputs. Exact for the layer that rounds, given examples that are all of X; of the layer itself, which rounds to
/// float32 only, it says something just as far as cells do. `saturated` marks estimates that no longer do: almost every
/// example has cells of its own.
///
/// The order of examples and of units changes nothing, to the bit. Counting is exact (rows are compared, not just their
/// hashes).
class VIB_API Binning : public InformationEstimator {
 public:
  /// Throws vib::Error for numbers of cells or a range that are none.
  explicit Binning(const BinningOptions& options = BinningOptions());

  const BinningOptions& options() const { return options_; }
  std::string name() const override;
  InformationEstimate estimate(const torch::Tensor& activations, const torch::Tensor& labels,
                               const torch::Tensor& inputs = {}) const override;
  /// In LibTorch's threads, a layer each.
  std::vector<InformationEstimate> estimate_each(const torch::Tensor& activations, const torch::Tensor& labels,
                                                 const torch::Tensor& inputs = {}) const override;

 private:
  BinningOptions options_;
};

}  // namespace vib
