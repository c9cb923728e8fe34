#!/bin/sh
# Replays the conformance programs that lie beside the repository, in a folder shared/conformance of
# one of the folders above it. Where there is none the test is skipped, but on the CI machine
# (CI=true) that is a failure.
#
#   replay_test.sh COMPARE REPLAYER
set -eu

compare=$1
replayer=$2

folder=$(dirname "$(readlink -f "$compare")")
while [ "$folder" != / ] && [ ! -d "$folder/shared/conformance" ]; do
  folder=$(dirname "$folder")
done
programs=$folder/shared/conformance
if [ ! -d "$programs" ]; then
  echo "no folder shared/conformance above $(readlink -f "$compare")"
  [ "${CI:-}" != true ] || exit 1
  echo "skipped"
  exit 0
fi

exec python3 "$compare" "$replayer" \
  "$programs/strict.jsonl" "$programs/emitter.jsonl" "$programs/life.jsonl" "$programs/merged.jsonl" \
  "$programs/mixed.jsonl"
