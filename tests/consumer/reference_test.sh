#!/usr/bin/env bash
# The reference of the public headers, made by Doxygen with every warning an error: `make docs`, and a test.
#
#   reference_test.sh OUTPUT
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
output=$1
cd "$source"
command -v doxygen >/dev/null || { echo "doxygen is not installed: skipped"; exit 77; }

# What stands under HEADERS in the rooms' lists.
VIB_HEADERS="vib/vib.h $(find vib -mindepth 2 -name CMakeLists.txt -exec awk '
  FNR == 1 { folder = FILENAME; sub("/CMakeLists.txt", "", folder); listed = 0 }
  /^ *HEADERS/ { listed = 1; next }
  listed && match($0, /[a-z_0-9]+\.h/) { print folder "/" substr($0, RSTART, RLENGTH) }
  /\)/ { listed = 0 }' {} + | sort | tr '\n' ' ')"
(($(wc -w <<<"$VIB_HEADERS") > 60)) || { echo "FAILED: only these headers are listed: $VIB_HEADERS"; exit 1; }
export VIB_HEADERS
mkdir -p "$output"
(cat docs/Doxyfile && echo "OUTPUT_DIRECTORY = \"$output\"") | doxygen -
echo "$(wc -w <<<"$VIB_HEADERS") headers: $output/html/index.html"
