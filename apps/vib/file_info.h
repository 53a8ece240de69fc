#pragma once

#include <string>

#include "vib/data/summary.h"

namespace vib::app {

/// What `vib data info FILE` is asked of.
struct FileQuestion {
  std::string file;
  std::string targets;  ///< a column of a table, or a file; may be empty
  char separator = ',';
};

/// Whether `name` looks like that of a file, not of a data set: by its ending, or by a slash.
bool names_file(const std::string& name);

/// What is understood of a file of the user's own: a table, tensors, images of IDX, folders of images, or a text on
/// each line. Throws vib::DataError.
DataSummary summarize_file(const FileQuestion& question);

}  // namespace vib::app
