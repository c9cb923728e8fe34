#!/usr/bin/env bash
# The example finds the race that was planted in it, and tells the seed. $1: the example.

set -u
printed=$("$1" 2>&1)
status=$?
if [[ $status != 0 || $printed != "as always: boiler=63
weft: fails with LoopOptions{.perturb_seed = "*"}
with seed "*": =63" ]]; then
  printf 'exit %s, and this output:\n%s\n' "$status" "$printed"
  exit 1
fi
