#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vib/core/json.h"
#include "vib/data/dataset.h"
#include "vib/data/sets/table_encoding.h"
#include "vib/data/summary.h"
#include "vib/data/text/vocabulary.h"
#include "vib/experiment/file_record.h"

namespace vib {

/// What a network must know of its data and a finished run to be used: `data.json` of a run.
struct DataDescription {
  enum class Inputs { kBytes, kTokens, kNumbers };

  Inputs inputs = Inputs::kNumbers;
  std::vector<std::int64_t> shape;          ///< of one input
  double low = 0, high = 1;                 ///< bytes: what 0 and 255 become
  torch::Tensor mean, scale;                ///< as Dataset's
  bool reconstructs = false;                ///< the target is the input
  std::int64_t classes = 0;                 ///< 0: targets are values
  std::int64_t values = 0;                  ///< numbers in a target that is no class
  bool shares = true;                       ///< whether all of these lie between 0 and 1
  torch::Tensor target_mean, target_scale;  ///< as Dataset's
  bool learns_variance = true;              ///< false: a run from before `auto` of values was gaussian_shared
  std::vector<std::string> class_names;     ///< in order; empty: their numbers
  std::vector<std::string> target_names;    ///< of the values; empty: y_0, y_1, ...
  std::vector<FileRecord> files;            ///< what was read
  std::int64_t first_label = 0;             ///< images: the label of the first class in an IDX file
  bool transposed = false;                  ///< images: rows and columns are swapped once an IDX file is read
  std::int64_t tokens = 0;                  ///< number of token ids
  std::vector<std::string> vocabulary;      ///< words by id, behind the reserved ones; empty: the tokens are no text
  Side side = Side::kFront;                 ///< where a text is padded or cut to the length
  TableEncoding table;                      ///< of a table: how its rows become inputs and targets
  DataSummary understood;                   ///< for people: written, and read by nobody

  /// Numbers in one input.
  std::int64_t numel() const;
  /// The name of a class; its number where it has none.
  std::string class_name(std::int64_t label) const;
  /// The name of a value; y_0, y_1, ... where it has none.
  std::string target_name(std::int64_t value) const;
};

/// What inputs of this type are.
DataDescription::Inputs describe_inputs(const torch::Tensor& inputs);

/// What the data says of itself.
DataDescription describe_data(const Dataset& data);

/// Makes batches of `data` what the run's network was given: range of bytes, means and scales.
void prepare_as(const DataDescription& run, Dataset& data);

Json to_json(const DataDescription& description);
Json to_json(const DataSummary& summary);
/// Throws vib::StateError, naming the file, where it is damaged or not there.
DataDescription read_data_description(const std::filesystem::path& file);

}  // namespace vib
