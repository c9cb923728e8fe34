#!/usr/bin/env bash
# Every .h and .cc file of ours is as clang-format leaves it.
#
#   tests/format_test.sh [FILE IN THE ROOT]   check the tree around this script, or around that file

set -euo pipefail
cd "$(dirname "$(readlink -f "${1:-${BASH_SOURCE[0]%/*}/../WORKSPACE}")")"

mapfile -t files < <(tools/source_files)
((${#files[@]} > 0)) || { echo "found no source file" >&2; exit 1; }
printf '%s\0' "${files[@]}" | xargs -0 -n 16 -P "$(nproc)" clang-format --dry-run -Werror ||
  { echo "run: make format" >&2; exit 1; }
