#pragma once

#include <string>

#include "vib/data/dataset.h"
#include "vib/experiment/data_description.h"

namespace vib {

/// Files of new examples and of their targets, as read_labelled() takes them; no file: a run's own data are meant.
struct NewData {
  std::string file;
  std::string targets;

  bool given() const { return !file.empty(); }
};

/// New examples with their targets, prepared as those of a run were; nothing is fitted to them. The file holds what the
/// run was trained on:
///
///     a table    CSV with the input and target columns; no `targets`
///     images     IDX, .gz or plain, or a tensor; `targets`: IDX or a tensor of labels. Or a folder that holds a folder
///                of images for each class; no `targets`
///     numbers    a tensor (see read_tensor()); `targets`: a tensor of labels or values
///     texts      one on each line; `targets`: the name or the number of a class on each line, or a tensor of labels
///
/// Of a run that reconstructs its inputs `targets` is empty. Throws vib::DataError, naming the file, where it holds
/// something else.
Dataset read_labelled(const DataDescription& prepared, const NewData& data);

}  // namespace vib
