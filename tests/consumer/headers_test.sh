#!/usr/bin/env bash
# Every installed header can be included first and alone, by a program with no more than LibTorch beside it.
#
#   headers_test.sh BUILD
set -euo pipefail

build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

torch=$(cached Torch_DIR)
torch=${torch%/share/cmake/Torch}/include
cmake --install "$build" --prefix "$work/prefix" >/dev/null
include=$(dirname "$(dirname "$(find "$work/prefix" -name vib.h)")")
mapfile -t headers < <(cd "$include" && find vib -name '*.h' | sort)
((${#headers[@]} > 40)) || { echo "FAILED: only ${#headers[@]} headers were installed"; exit 1; }

check() {
  printf '#include <%s>\n#include <%s>\nint main() {}\n' "$1" "$1" |
    "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -I "$include" -isystem "$torch" \
      -isystem "$torch/torch/csrc/api/include" -x c++ - || { echo "FAILED: $1"; exit 1; }
}
export -f check
export include torch compiler
compiler=$(cached CMAKE_CXX_COMPILER)
printf '%s\n' "${headers[@]}" | xargs --max-args 1 --max-procs "$(nproc)" bash -c 'check "$0"'
echo "${#headers[@]} headers"
