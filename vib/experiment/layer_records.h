#pragma once

#include <cstdint>

#include "vib/data/dataset.h"
#include "vib/experiment/information_config.h"
#include "vib/experiment/record_file.h"
#include "vib/experiment/run_directory.h"
#include "vib/train/recording.h"

namespace vib {

/// What the configuration asks for, of such data.
RecordingOptions recording_options(const InformationConfig& o, const DataSplits& data);

/// information.csv and gradients.csv of a run.
class LayerRecords {
 public:
  /// `label_entropy_bits`: H(Y) of the examples that the layers are asked about.
  LayerRecords(const RunDirectory& run, double label_entropy_bits);

  /// Keeps what is there up to where training goes on: behind `epoch`, or from the very start.
  void resume_after(std::int64_t epoch) const;
  void add(const LayerRecord& record) const;
  void sync() const;

 private:
  RecordFile information_;
  RecordFile gradients_;
  double label_entropy_bits_;
};

}  // namespace vib
