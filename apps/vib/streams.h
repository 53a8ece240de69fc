#pragma once

#include <string>

namespace vib::app {

/// Opens whichever of stdin, stdout and stderr is closed, so that no file of the program's own takes its number and is
/// given what was meant for it. Writing to such a stdout fails; what goes to such a stderr is dropped.
void open_standard_streams();

/// Makes a limit on the size of files (ulimit -f) an error like that of a full disk, where it would end the program.
void ignore_file_size_signal();

/// Sends what was printed so far on its way. A failure is told at the end, by `flush_result`.
void push_result();

/// Sees to it that the whole result has left the program. Throws vib::StateError where it could not be written.
void flush_result();

/// The message for a result that could not be written, with the reason for an error number; 0: it is not known.
std::string unwritten_result(int code);

}  // namespace vib::app
