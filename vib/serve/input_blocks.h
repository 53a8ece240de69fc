#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "vib/data/sets/table_encoding.h"
#include "vib/serve/predictor.h"

namespace vib {

/// The next examples to predict for.
struct InputBlock {
  torch::Tensor inputs;              ///< of the rows that have an answer; undefined where none has
  std::vector<std::string> reasons;  ///< why a row has none, empty where it has one; no entries: all have
  double share = 0;                  ///< how much of the input was read
};

/// Gives them block by block; nothing at the end.
using NextBlock = std::function<std::optional<InputBlock>()>;

/// A file, or standard input.
class TextSource {
 public:
  /// "-" is standard input.
  explicit TextSource(const std::string& input);

  std::istream& stream() const;
  const std::string& name() const { return name_; }
  /// How much of it so many bytes are; 0 where that is not known.
  double share(std::uint64_t read) const;

 private:
  std::string name_;
  std::unique_ptr<std::istream> file_;
  std::uintmax_t bytes_ = 0;
};

NextBlock all_at_once(const torch::Tensor& inputs);

/// A text on each line. `source` and `predictor` must outlive it.
NextBlock lines_of(const TextSource& source, const Predictor& predictor);

/// Rows of a CSV table. Where training dropped rows with a missing cell, they have a reason here. `unknown` counts the
/// categories that training never saw. All must outlive it.
NextBlock rows_of(const TextSource& source, const TableEncoding& table,
                  std::map<std::string, UnknownCategories>& unknown);

}  // namespace vib
