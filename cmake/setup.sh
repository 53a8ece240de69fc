#!/usr/bin/env bash
# Installs whatever the build lacks, and does nothing, quickly, when all is there.
#
#   cmake/setup.sh          what building and testing need: Debian packages, and LibTorch as a pip wheel in .venv
#   cmake/setup.sh test     besides, the Python packages that read what vib writes for others
#   cmake/setup.sh docs     besides, Doxygen
#   cmake/setup.sh fuzz     besides, Clang with its fuzzer and sanitizers
#   cmake/setup.sh lint     clang-format and clang-tidy besides
#
# Environment:
#   Torch_DIR, CMAKE_PREFIX_PATH   a LibTorch to use instead of the wheel
#   VIB_TORCH=cpu|cuda             which wheel; by default cuda where there is both nvcc and a working NVIDIA GPU
#   VIB_VENV=.venv                 the virtual environment that the wheel goes into
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

torch=2.13.0                                  # the wheel to install
torch_range='2\.1[123]\.'                     # the versions that will do: as in cmake/Dependencies.cmake
torch_index=https://download.pytorch.org/whl/cpu
cmake_oldest=3.25                             # for CMakePresets.json
venv=${VIB_VENV:-.venv}
python_modules=(numpy pyyaml)                 # what the tests' Python oracles import, besides torch
# Others' readers of what vib writes, and others' models; without them a few tests are skipped.
reader_modules=(onnxruntime palmerpenguins safetensors scikit-learn tensorboard)

say() { echo "setup: $*" >&2; }
die() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null; }

# --- Debian packages --------------------------------------------------------------------------------------------------

python_with_venv() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
  return 1
}

missing_packages() {
  has g++ || echo g++
  has make || echo make
  has cmake || echo cmake
  has ninja || echo ninja-build
  [[ -x "$venv"/bin/python ]] || python_with_venv >/dev/null || echo python3-venv
  if [[ ${1:-} == fuzz ]]; then
    has clang++ || echo clang
    has clang++ && [[ -e $(clang++ -print-resource-dir)/lib/linux/libclang_rt.fuzzer-$(uname -m).a ]] || echo libclang-rt-dev
  fi
  if [[ ${1:-} == docs ]]; then
    has doxygen || echo doxygen
  fi
  if [[ ${1:-} == lint ]]; then
    has clang-format || echo clang-format
    has clang-tidy || echo clang-tidy
  fi
  local wanted="libarchive-dev libcli11-dev libcurl4-openssl-dev libgmock-dev libgtest-dev libjpeg-dev libpng-dev"
  wanted+=" libssl-dev libyaml-cpp-dev nlohmann-json3-dev zlib1g-dev"
  local installed
  # shellcheck disable=SC2086  # a list of words
  installed=$(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null) || true
  for package in $wanted; do
    grep -qx "installed $package" <<<"$installed" || echo "$package"
  done
}

install_packages() {
  local -a missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0

  local by_hand="apt-get install -y ${missing[*]}"
  if ((EUID != 0)); then
    has sudo || die "these packages are missing; as root, run: $by_hand"
    as_root=(sudo)
    [[ -t 0 ]] || as_root=(sudo --non-interactive)
  fi
  local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)

  say "installing ${missing[*]}"
  "${apt[@]}" update </dev/null || say "apt-get update failed: trying with the package lists at hand"
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null || die "failed; run: sudo $by_hand"
}

# --- LibTorch ---------------------------------------------------------------------------------------------------------

# Prints the version of the LibTorch that Torch_DIR or CMAKE_PREFIX_PATH lead to, and its folder.
torch_given() {
  local -a folders
  IFS=':;' read -ra folders <<<"${CMAKE_PREFIX_PATH:-}"
  local file
  for file in "${Torch_DIR:-/nonexistent}" "${folders[@]/%//share/cmake/Torch}" "${folders[@]/%//Torch}"; do
    if [[ -r $file/TorchConfigVersion.cmake ]]; then
      echo "$(sed -n 's/^set(PACKAGE_VERSION "\(.*\)")/\1/p' "$file/TorchConfigVersion.cmake") $file"
      return
    fi
  done
  return 1
}

# Whether .venv holds a LibTorch that will do and the Python modules. pip writes RECORD last: a package without it is one
# whose installation was interrupted.
venv_is_ready() {
  "$venv"/bin/python - "$torch_range" "${python_modules[@]}" 2>/dev/null <<'PYTHON'
import re, sys
from importlib.metadata import distribution, version
whole = all(distribution(name).read_text("RECORD") for name in ["torch", *sys.argv[2:]])
sys.exit(not (whole and re.match(sys.argv[1], version("torch"))))
PYTHON
}

venv_pip() {
  if [[ ! -x "$venv"/bin/python ]]; then
    local python
    python=$(python_with_venv) || die "no python3 with the modules venv and ensurepip was found"
    "$python" -m venv "$venv"
  fi
  "$venv"/bin/python -m pip --disable-pip-version-check --no-input --quiet "$@"
}

install_wheels() {
  local kind=${VIB_TORCH:-}
  if [[ -z $kind ]]; then
    kind=cpu
    if has nvcc && nvidia-smi -L >/dev/null 2>&1; then kind=cuda; fi
  fi

  say "installing LibTorch $torch ($kind) into $venv"
  case $kind in
    cuda) venv_pip install "torch===$torch" "${python_modules[@]}" ;;  # three: not the +cpu build, where one is at hand
    cpu)
      venv_pip install "torch==$torch+cpu" "${python_modules[@]}" 2>/dev/null ||
        venv_pip install --extra-index-url "$torch_index" "torch==$torch+cpu" "${python_modules[@]}"
      ;;
    *) die "VIB_TORCH is '$kind'; it must be cpu or cuda" ;;
  esac || die "pip could not install LibTorch; the message above says why"
}

install_torch() {
  local version folder
  if read -r version folder < <(torch_given); then
    grep -qE "^$torch_range" <<<"$version" || die "LibTorch $version in $folder will not do: 2.11 to 2.13 will"
  elif ! venv_is_ready; then
    install_wheels
  fi
}

# --- What only the tests want ----------------------------------------------------------------------------------------

install_readers() {
  "$venv"/bin/python - "${reader_modules[@]}" 2>/dev/null <<'PYTHON' && return
import sys
from importlib.metadata import distribution
sys.exit(not all(distribution(name).read_text("RECORD") for name in sys.argv[1:]))
PYTHON
  say "installing ${reader_modules[*]} into $venv"
  venv_pip install "${reader_modules[@]}" || say "pip could not: the tests that need them will be skipped"
}

# --- CMake: some releases still supported have an older one -----------------------------------------------------------

install_cmake() {
  local version
  version=$(cmake --version | sed -n '1s/.* //p')
  [[ $(printf '%s\n' "$version" "$cmake_oldest" | sort -V | head -1) == "$cmake_oldest" ]] && return
  say "CMake $version is older than $cmake_oldest: installing a newer one into $venv"
  venv_pip install "cmake>=$cmake_oldest,<4"
}

if has dpkg-query && has apt-get; then
  install_packages "$@"
else
  say "no apt-get here: CMake will say which packages are missing"
fi
install_torch
install_cmake
if [[ ${1:-} == test ]]; then install_readers; fi
