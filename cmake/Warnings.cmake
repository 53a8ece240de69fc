# The warnings our own code is held to. Linked as $<BUILD_INTERFACE:vib_warnings>: nobody who links vib inherits them.
# GCC 12 sees overflows and overlaps in std::string's operator+ that are not there (its bugs 105329 and 105651).

add_library(vib_warnings INTERFACE)
target_compile_options(
  vib_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-stringop-overflow>
            $<$<BOOL:${VIB_WARNINGS_AS_ERRORS}>:-Werror>)
