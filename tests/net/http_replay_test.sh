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

folder=$(mktemp -d)
log=$folder/log
failed=$folder/failed
"$2" --port=0 >"$log" &
server=$!
trap 'kill "$server"; rm -rf "$folder"' EXIT
until grep -q listening "$log"; do
  kill -0 "$server"
done
port=$(sed 's/.*://' "$log")

# The client waits for an answer so long and no longer. Where it missed one, which on a busy machine
# need not be the server's fault, it asks for that again, with more patience; once only.
for mode in whole split bytes; do
  python3 "$replay" "$port" --mode "$mode" --list >"$failed" && continue
  cat "$failed"
  sed -n 's/^\([a-z]*-[0-9]*\) .*/"id": "\1"/p' "$failed" >"$folder/ids"
  missed=$(grep -cE '^[a-z]*-[0-9]* (NO-ANSWER|FALSE-REJECT|CONNECT-FAILED) ' "$failed" || true)
  [ "$missed" = "$(wc -l <"$folder/ids")" ] # no other verdict is a matter of time
  grep -Ff "$folder/ids" "${replay%replay.py}http1.jsonl" >"$folder/again.jsonl"
  python3 "$replay" "$port" --mode "$mode" --list --file "$folder/again.jsonl" --idle 3
done
