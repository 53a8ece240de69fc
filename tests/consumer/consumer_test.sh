#!/usr/bin/env bash
# Installs the build into an empty prefix, moves it, and builds a project of somebody else's against it, as a newcomer
# would: with the shared library, with the static one, or with the sources.
#
#   consumer_test.sh package BUILD [RUN]     find_package, shared and static, from a moved prefix
#   consumer_test.sh folder BUILD            FetchContent of the source folder: compiles the whole library
#   consumer_test.sh archives BUILD          cpack
#
# RUN: a finished run on digits, for the consumer to load. Works in a temporary folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source=$(cd "$here/../.." && pwd)
mode=$1
build=$2
run=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() { echo "FAILED: $*" >&2; exit 1; }
say() { echo "--- $*"; }
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

generator=$(cached CMAKE_GENERATOR)
compiler=$(cached CMAKE_CXX_COMPILER)
torch=$(cached Torch_DIR) # .../share/cmake/Torch
torch_root=${torch%/share/cmake/Torch}

configure() { # configure FOLDER ARGUMENT...: the consumer, quietly
  local folder=$1
  shift
  cmake -S "$here" -B "$work/$folder" -G "$generator" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release \
    -DEXPECTED_CMAKE_BUILD_TYPE=Release "$@" >"$work/$folder.log" 2>&1
}

runs() { # runs PROGRAM: what it prints is what was promised
  local out
  out=$("$@") || die "$* ended with $?"
  echo "$out"
  grep -q '^layer: z \[5, 4\], rate [0-9.]* bits$' <<<"$out" || die "the layer"
  grep -Eq '^trainer: error ([0-9]|[1-3][0-9])\.[0-9] %$' <<<"$out" || die "the trainer"
  grep -q '^caught: no such run' <<<"$out" || die "the exception"
  [[ $# -lt 2 ]] || grep -Eq '^run: error ([0-9]|[1-3][0-9])\.[0-9] %$' <<<"$out" || die "the run"
}

install_and_move() {
  say "install, and move"
  cmake --install "$build" --prefix "$work/first" >/dev/null
  mv "$work/first" "$work/moved"
  # LibTorch is elsewhere, and its place is known; no other path of this machine is in any file.
  local found
  found=$(grep -rlaF -e "$build" -e "$work/first" "$work/moved" || true)
  [[ -z $found ]] || die "the build's folder is named in: $found"
  found=$(find "$work/moved" -type f -exec sh -c 'strings -a "$1" | grep -F "$2/" | grep -vF "$3" | grep -q . && echo "$1"' \
    _ {} "$source" "$torch_root" \; || true)
  [[ -z $found ]] || die "the source folder is named in: $found"
}

package() {
  install_and_move
  say "the program, from where it was moved to"
  (cd / && env -u LD_LIBRARY_PATH "$work/moved/bin/vib" --version && "$work/moved/bin/vib" doctor >/dev/null)

  local kind
  for kind in "" static; do
    say "find_package, ${kind:-as it comes}"
    configure "package$kind" -DCMAKE_PREFIX_PATH="$work/moved" -DVIB_COMPONENT="$kind" ||
      { cat "$work/package$kind.log"; die "configure"; }
    cmake --build "$work/package$kind" >"$work/build.log" 2>&1 || { cat "$work/build.log"; die "build"; }
    runs "$work/package$kind/consumer" ${run:+"$run"}
    ldd "$work/package$kind/consumer" >"$work/loads"
    grep 'not found' "$work/loads" && die "a library is not found"
    if [[ -z $kind ]]; then
      grep -q 'libvib\.so' "$work/loads" || die "the program does not load the shared library"
    else
      grep 'libvib\.so' "$work/loads" && die "the static program loads the shared library"
    fi
  done

  say "another LibTorch is refused, with both versions"
  mkdir "$work/other"
  sed 's/^set(PACKAGE_VERSION.*/set(PACKAGE_VERSION "2.5.1")/' "$torch/TorchConfigVersion.cmake" >"$work/other/TorchConfigVersion.cmake"
  cp "$torch/TorchConfig.cmake" "$work/other/"
  printf 'set(Torch_FOUND TRUE)\nset(TORCH_INSTALL_PREFIX "%s")\nadd_library(torch INTERFACE IMPORTED)\n' "$work" \
    >"$work/other/TorchConfig.cmake"
  configure refused -DCMAKE_PREFIX_PATH="$work/moved" -DTorch_DIR="$work/other" && die "it was not refused"
  tr '\n' ' ' <"$work/refused.log" | tr -s ' ' | grep -q "vib was built with LibTorch 2.1.*but 2.5.1 was found" ||
    { cat "$work/refused.log"; die "the message"; }

  say "a component that is not there is refused"
  configure component -DCMAKE_PREFIX_PATH="$work/moved" -DVIB_COMPONENT=fast && die "it was not refused"
  grep -q "components" "$work/component.log" || { cat "$work/component.log"; die "the message"; }
}

folder() {
  say "FetchContent of the source folder"
  configure folder -DVIB_FOLDER="$source" -DCMAKE_PREFIX_PATH="$torch_root" || { cat "$work/folder.log"; die "configure"; }
  cmake --build "$work/folder" --target help >"$work/targets"
  grep -E 'vib_tests|vib_program|package' "$work/targets" && die "our targets show"
  cmake --build "$work/folder" --parallel "$(nproc)" --target consumer >"$work/build.log" 2>&1 ||
    { tail -50 "$work/build.log"; die "build"; }
  runs "$work/folder/consumer"
}

archives() {
  say "cpack"
  (cd "$build" && cpack -B "$work/archives" >"$work/cpack.log" 2>&1) || { cat "$work/cpack.log"; die "cpack"; }
  local tar deb
  tar=$(echo "$work"/archives/*.tar.gz)
  deb=$(echo "$work"/archives/*.deb)
  tar -tzf "$tar" >"$work/files"
  grep -q '/lib/.*cmake/vib/vibConfig.cmake$' "$work/files" || die "no CMake package in $tar"
  grep -q '/bin/vib$' "$work/files" || die "no program in $tar"
  if command -v dpkg-deb >/dev/null; then
    dpkg-deb --contents "$deb" >"$work/files"
    grep -q '/usr/bin/vib$' "$work/files" || die "no program in $deb"
    dpkg-deb --info "$deb"
  fi
}

"$mode"
echo "all well"
