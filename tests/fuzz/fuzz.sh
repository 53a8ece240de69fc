#!/usr/bin/env bash
# Looks for inputs that a reader cannot take, one reader after the other:
#
#   tests/fuzz/fuzz.sh SECONDS [READER...]      SECONDS for each; without READER all that have a corpus
#
# What is found lies in build/fuzz/findings/READER-..., the inputs that reach new code in build/fuzz/corpus/READER.
# RUNS=N: N inputs each instead, however long they take.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=$1
shift
readers=("$@")
((${#readers[@]})) || readers=($(ls tests/fuzz/corpus))

# LibTorch is not instrumented: what it writes into a container's spare room looks like an overflow, and what it keeps
# until the end like a leak.
export ASAN_OPTIONS=detect_container_overflow=0:detect_leaks=0 OMP_NUM_THREADS=1
if [[ -d /dev/shm ]]; then export TMPDIR=/dev/shm; fi

failed=0
mkdir -p build/fuzz/findings
for reader in "${readers[@]}"; do
  echo "== $reader"
  mkdir -p "build/fuzz/corpus/$reader"
  build/fuzz/bin/fuzz "--reader=$reader" -max_total_time="$seconds" -runs="${RUNS:--1}" -max_len=8192 -timeout=10 \
    -rss_limit_mb=2048 -malloc_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$reader-" "build/fuzz/corpus/$reader" "tests/fuzz/corpus/$reader" || failed=1
done
exit $failed
