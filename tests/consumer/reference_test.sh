#!/usr/bin/env bash
# The reference of the public headers, made by Doxygen with every warning an error: `make docs`, and a test.
#
#   reference_test.sh OUTPUT
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
output=$1
cd "$source"
command -v doxygen >/dev/null || { echo "doxygen is not installed: skipped"; exit 77; }

VIB_HEADERS=$(sed -n '/FILES vib.h/,/)/s#^ *\(FILES \)\?\([a-z_/0-9]*\.h\).*#vib/\2#p' vib/CMakeLists.txt | tr '\n' ' ')
export VIB_HEADERS
mkdir -p "$output"
(cat docs/Doxyfile && echo "OUTPUT_DIRECTORY = \"$output\"") | doxygen -
echo "$(wc -w <<<"$VIB_HEADERS") headers: $output/html/index.html"
