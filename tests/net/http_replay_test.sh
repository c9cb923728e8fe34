#!/bin/sh
# Replays the HTTP messages that lie beside the repository, in a folder shared/http of one of the
# folders above it, against the echo server: whole, cut into pieces, and byte by byte. Where there
# is none the test is skipped, but on the CI machine (CI=true) that is a failure.
#
#   http_replay_test.sh THIS_FILE ECHO_SERVER
set -eu

folder=$(dirname "$(readlink -f "$1")")
while [ "$folder" != / ] && [ ! -d "$folder/shared/http" ]; do
  folder=$(dirname "$folder")
done
replay=$folder/shared/http/replay.py
if [ ! -f "$replay" ]; then
  echo "no folder shared/http above $(readlink -f "$1")"
  [ "${CI:-}" != true ] || exit 1
  echo "skipped"
  exit 0
fi

log=$(mktemp)
"$2" --port=0 >"$log" &
server=$!
trap 'kill "$server"; rm -f "$log"' EXIT
until grep -q listening "$log"; do
  kill -0 "$server"
done
port=$(sed 's/.*://' "$log")
for mode in whole split bytes; do
  python3 "$replay" "$port" --mode "$mode" --list
done
