#!/usr/bin/env bash
# The shared library shows what vib/core/export.h marks, and the instances of LibTorch's and the standard library's
# templates that come with it; nothing of the libraries it uses.
#
#   symbols_test.sh LIBVIB_SO
set -euo pipefail

symbols=$(nm --dynamic --defined-only --demangle "$1" | cut -c20-)
ours=$(grep -cE '^((non-virtual thunk to|virtual thunk to|vtable for|typeinfo for|typeinfo name for|VTT for|guard variable for) )?vib::' <<<"$symbols" || true)
# A template's instance begins with its return type, if it is a function.
templates=$(grep -vE '^((non-virtual thunk to|virtual thunk to|vtable for|typeinfo for|typeinfo name for|VTT for|guard variable for) )?vib::' <<<"$symbols" || true)
# Of neither: what the linker makes, and the types of plain functions that templates ask for.
foreign=$(grep -vE '^(__bss_start|_edata|_end|typeinfo (name )?for [a-z ]+\(.*)$' <<<"$templates" |
  grep -vE '(^|[ (<])(torch|c10|at|std|caffe2|__gnu_cxx)::|^operator (new|delete)' || true)
leaked=$(grep -E '(^|for |to |> |\) )(fmt|YAML|nlohmann|CLI)::|vib::\(anonymous namespace\)' <<<"$symbols" || true)

echo "$(wc -l <<<"$symbols") symbols: $ours of vib, $(grep -c . <<<"$templates" || true) of templates"
[[ -z ${foreign//$'\n'/} ]] || { echo "FAILED: neither vib's nor a template of LibTorch or the standard library:"; echo "$foreign" | head -20; exit 1; }
[[ -z $leaked ]] || { echo "FAILED: what should be hidden:"; echo "$leaked" | head -20; exit 1; }
((ours > 100)) || { echo "FAILED: vib itself is hidden"; exit 1; }
