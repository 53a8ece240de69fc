#pragma once

namespace vib::app {

/// Where a mapped data file is cut short, or its disk fails, while it is in use, ends the program with a message that
/// names the file and with exit code kData, where the system would end it without a word. Any other SIGBUS does what it
/// always does.
void explain_bus_errors();

}  // namespace vib::app
