#!/usr/bin/env bash
# What the driver of weft_callgrind_test refuses. $1: the driver, $2: the program of measure_test.

set -u
readonly driver=$1 program=$2
failures=0

expect() {  # expected exit, expected text, arguments of the driver...
  local exit_code=$1 text=$2 output actual
  shift 2
  output=$("$driver" "$@" 2>&1)
  actual=$?
  if [[ $actual != "$exit_code" || $output != *"$text"* ]]; then
    printf 'expected exit %s and "%s" from: driver %s\ngot exit %s and:\n%s\n\n' \
      "$exit_code" "$text" "$*" "$actual" "$output"
    failures=$((failures + 1))
  fi
}

unset XML_OUTPUT_FILE
expect 0 "kept      ten_nops <= 10" "$program" -- "ten_nops <= 10"
expect 1 "EXCEEDED  ten_nops <= 9" "$program" -- "ten_nops <= 10" "ten_nops <= 9"
expect 1 "nothing measured has that name" "$program" -- "tenn_ops <= 10"
expect 1 "nothing measured has that name" "$program" -- "off.ten_nops <= 10"
expect 1 "is not a comparison" "$program" -- "ten_nops"
expect 1 "measured nothing" /bin/true -- "ten_nops <= 10"
expect 1 "failed under callgrind" /bin/false -- "ten_nops <= 10"
expect 1 "" "$program" --
exit $((failures > 0))
