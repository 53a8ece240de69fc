#pragma once

#include <string>

#include "vib/data/download/download.h"
#include "vib/data/download/part_file.h"

namespace vib {

enum class TransferEnd {
  kComplete,   ///< the server has sent all it has to send
  kBrokenOff,  ///< the connection ended too early: asking for the rest may help
  kMisplaced,  ///< the server cannot go on where the part ends, which has been emptied
  kRefused,    ///< this address will not give the file
};

struct TransferResult {
  TransferEnd end = TransferEnd::kComplete;
  std::string reason = {};  ///< in words, for the message that ends the download
};

/// One request for what `part` lacks of the file, appended to it. A server that sends the whole file instead of the
/// rest replaces what was there. Throws what PartFile throws.
TransferResult transfer(const std::string& address, const DownloadOptions& options, PartFile& part);

}  // namespace vib
