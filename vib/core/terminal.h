#pragma once

#include <cstdio>

namespace vib {

/// Whether `stream` (stdout or stderr) is a terminal that can go back and write over a line.
bool can_redraw(std::FILE* stream);

/// Whether it is one that takes colours, and the user has not said no to them (https://no-color.org).
bool takes_colour(std::FILE* stream);

/// Whether these may be any of 24 bits.
bool takes_true_colour(std::FILE* stream);

/// Whether the user's locale writes UTF-8.
bool speaks_utf8();

/// Its columns; 80 where it is no terminal.
int terminal_width(std::FILE* stream);

}  // namespace vib
