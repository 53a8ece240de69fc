#!/usr/bin/env bash
# Adds parts to vib from outside and trains with them (extension.cpp): against the installed package, killed and resumed.
#
#   extension_test.sh BUILD
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1

die() { echo "FAILED: $*" >&2; exit 1; }
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

grep -E '#include "vib/(config|experiment|sweep|serve|report)/' "$here/extension.cpp" && die "it includes a private header"
cmake --install "$build" --prefix "$work/installed" >/dev/null
cmake -S "$here" -B "$work/build" -G "$(cached CMAKE_GENERATOR)" -DCMAKE_CXX_COMPILER="$(cached CMAKE_CXX_COMPILER)" \
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$work/installed" >"$work/log" 2>&1 || { cat "$work/log"; die "configure"; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; die "build"; }
extension=$work/build/extension

"$extension" singles || die "a replica is not its single run"

"$extension" train "$work/whole.pt" | tee "$work/whole.txt" || die "training"
for after in 3 17 44; do
  "$extension" train "$work/killed.pt" "$after" >/dev/null && die "it was not killed after $after steps"
  [[ ! -e $work/killed.pt ]] || die "killed after $after steps, and there is a result"
done
"$extension" train "$work/killed.pt" >"$work/killed.txt" || die "resuming"
cmp "$work/whole.txt" "$work/killed.txt" || die "the histories differ"
cmp "$work/whole.pt" "$work/killed.pt" || die "the weights differ"
grep -q 'brier 0\.[0-3]' "$work/whole.txt" || die "the metric is not in the history"
echo "all well"
