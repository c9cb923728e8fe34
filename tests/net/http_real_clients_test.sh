#!/usr/bin/env bash
# Clients that are not ours against the echo server: curl, Node, wrk, and slowhttptest, whose 200
# slow clients are cut at their deadline while others are served.
#
#   http_real_clients_test.sh ECHO_SERVER NODE_CLIENT
set -euo pipefail
readonly server=$1 node_client=$2
folder=$(mktemp -d)
running=()
finish() {
  local process
  for process in "${running[@]}"; do kill "$process" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Sets `port` to that of a new server with the given options.
start() {
  rm -f "$folder/log"
  "$server" --port=0 "$@" >"$folder/log" &
  running+=($!)
  until grep -qs "listening.*[0-9]$" "$folder/log"; do kill -0 "${running[-1]}"; done
  port=$(sed 's/.*://' "$folder/log")
}

# What the echo server has seen of a curl command: "method target bytes".
echoed() {
  curl -sS --max-time 60 -o /dev/null -D - "$@" | tr -d '\r' | sed -n 's/^X-Echo: //p' | base64 -d |
    sed 's/.*"m": "\([^"]*\)", "u": "\([^"]*\)", "n": \([0-9]*\).*/\1 \2 \3/'
}
expect() {
  local wanted=$1
  shift
  local got
  got=$(echoed "$@")
  [ "$got" = "$wanted" ] || fail "curl $*: '$got' in place of '$wanted'"
}

withCurl() {
  local url=http://127.0.0.1:$port
  head -c 3000000 /dev/urandom >"$folder/upload"
  expect "GET /a?b=c 0" "$url/a?b=c"
  expect "POST /post 5" --data hello "$url/post"
  expect "POST /expect 3000000" -H 'Expect: 100-continue' --data-binary "@$folder/upload" "$url/expect"
  expect "PUT /chunked 3000000" -H 'Transfer-Encoding: chunked' -T "$folder/upload" "$url/chunked"
  expect "HEAD /head 0" --head "$url/head"
  expect "GET /old 0" --http1.0 "$url/old"
  curl -sSv --max-time 60 "$url/1" "$url/2" "$url/3" >/dev/null 2>"$folder/verbose"
  [ "$(grep -c 'Re-using' "$folder/verbose")" = 2 ] || fail "curl did not use its connection again"
  [ "$(curl -s --max-time 60 -o /dev/null -w '%{http_code}' -H "X: $(printf 'x%.0s' {1..17000})" "$url")" = 431 ] ||
    fail "a header of 17,000 bytes was not refused"
  echo "curl: all answers were right"
}

withWrk() {
  wrk -t 1 -c 64 -d 1 "http://127.0.0.1:$port/" >"$folder/wrk"
  grep -q 'requests in' "$folder/wrk" || fail "wrk has no result: $(cat "$folder/wrk")"
  ! grep -E 'Socket errors|Non-2xx' "$folder/wrk" || fail "wrk met errors"
  sed -n 's/^ *\(.* requests in\) .*/wrk: \1/p' "$folder/wrk"
}

# slowhttptest ends early only if every one of its connections was closed.
withSlowClients() {
  local kind=$1 name=$2
  shift 2
  slowhttptest "$kind" "$@" -c 200 -r 200 -i 1 -l 60 -x 8 -s 65536 -p 5 \
    -u "http://127.0.0.1:$port/" >"$folder/slow" 2>&1 &
  local slow=$! others=0
  running+=("$slow")
  while kill -0 "$slow" 2>/dev/null; do
    expect "HEAD /other 0" --head "http://127.0.0.1:$port/other"
    others=$((others + 1))
  done
  grep -aq 'No open connections left' "$folder/slow" ||
    fail "slow $name: $(tr -d '\0' <"$folder/slow" | tail -n 25)"
  ((others > 0)) || fail "nobody else asked meanwhile"
  echo "slow $name: 200 were cut off, $others other requests were answered meanwhile"
}

start
withCurl
node "$node_client" "$port"
withWrk
start --deadlines=2
withSlowClients -H headers
withSlowClients -B bodies
# More than the system takes off the server's hands.
start --deadlines=2 --body=8000000
withSlowClients -X readers -w 512 -y 1024 -n 1 -z 32
