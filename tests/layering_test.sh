#!/usr/bin/env bash
# Who may include whom: the rooms, what they may see of one another, and which system library is named where.
#
#   tests/layering_test.sh [FILE IN THE ROOT]   check the tree around this script, or around that file
#   tests/layering_test.sh --self-test          check that every rule finds a planted violation

set -euo pipefail
export LC_ALL=C

# The law, one awk rule each. Input lines are "path:line:text": directives, and code that names libraries
# (which tests and benches may do, to compare with them).
# shellcheck disable=SC2016  # awk's variables, not the shell's
readonly law='
function complain(what) {
  printf "%s:%s: %s\n    %s\n", path, line, what, text
}

function roomOf(p) { return p ~ /\// ? substr(p, 1, index(p, "/") - 1) : "" }

# Below tests/ and bench/, the room that the file is about.
function subjectOf(p, parts) {
  if (p !~ /^(tests|bench)\//) return roomOf(p)
  split(p, parts, "/")
  return parts[2]
}

BEGIN {
  may["cls"] = "cls"
  may["emitter"] = "emitter cls"
  may["loop"] = "loop cls"
  may["stream"] = "stream loop emitter cls"
  may["net"] = "net stream loop emitter cls"
  may["native"] = "native stream loop emitter cls"
  may["dialect"] = "dialect loop emitter cls"
  may["inspect"] = "inspect net stream loop emitter cls"
  rooms = "cls emitter loop stream net native dialect inspect"
  may[""] = rooms
  may["examples"] = "examples " rooms
  may["tests"] = "tests examples " rooms
  may["bench"] = "bench tests " rooms
}

{
  path = $0; sub(/:.*/, "", path)
  line = substr($0, length(path) + 2); sub(/:.*/, "", line)
  text = substr($0, length(path) + length(line) + 3); sub(/^[ \t]+/, "", text)
  room = roomOf(path)
  included = ""
}

text ~ /^#[ \t]*include/ {
  included = text
  sub(/^#[ \t]*include[ \t]*/, "", included)
  quote = substr(included, 1, 1)
  included = substr(included, 2)
  sub(/[">].*/, "", included)
}

included ~ /^weft\// {
  target = substr(included, 6)
  theirs = roomOf(target)
  if (quote != "\"") complain("our own headers are included with quotes: \"" included "\"")
  if (theirs == "" && room != "" && may[room] !~ /tests|examples/)
    complain("the rooms do not include the header that gathers them")
  else if (theirs != "" && (" " may[room] " ") !~ (" " theirs " "))
    complain((room == "" ? "the root" : room "/") " may include " (may[room] == "" ? "nothing of ours" : may[room]) ", not " theirs)
  else if (target ~ /(^|\/)internal\// && subjectOf(path) != theirs && theirs != "tests" && theirs != "bench")
    complain("internal headers of " theirs "/ are for " theirs "/ and its tests and benches only")
}

included != "" && included !~ /^weft\// {
  folder = path; sub(/[^\/]*$/, "", folder)
  if ((included in ours) || (quote == "\"" && ((folder included) in ours)))
    complain("bare path: spell it \"weft/" ((included in ours) ? "" : folder) included "\"")
  else if (quote == "\"" && included !~ /^absl\//)
    complain("system headers are included with angle brackets; only weft/ and absl/ are quoted")
  if (room == "cls" && quote == "<" && included ~ /[\/.]/ && included !~ /^sanitizer\//)
    complain("cls/ includes the standard library and Abseil only")
}

room !~ /^(tests|bench)$/ && path !~ /^loop\/internal\// &&
    (included ~ /^event2?[\/.]/ || text ~ /(^|[^a-zA-Z_])(event_base|evutil_|evbuffer|evtimer_|evthread_|evconnlistener|bufferevent)/) {
  complain("libevent is named in loop/internal/ only")
}

room !~ /^(tests|bench)$/ && path !~ /^net\/internal\// &&
    (included ~ /^(llhttp\/)?llhttp\.h/ || text ~ /(^|[^a-zA-Z_])(llhttp_[a-z]|HPE_[A-Z])/) {
  complain("llhttp is named in net/internal/ only")
}

text ~ /^#[ \t]*pragma[ \t]+once/ { complain("use an include guard, not #pragma once") }
'

# Lists the files of the root $1, relative to it. tests/install is a stranger's project, under no law of ours.
listFiles() {
  (cd "$1" && find cls emitter loop stream net native dialect inspect tests bench examples \
    \( -name node_modules -o -path tests/install \) -prune -o -type f \( -name '*.h' -o -name '*.cc' \) -print 2>/dev/null
    find . -maxdepth 1 -name '*.h' -printf '%P\n') | sort
}

guardOf() { # loop/timer_queue.h -> WEFT_LOOP_TIMER_QUEUE_H_
  local guard=WEFT_${1^^}_
  echo "${guard//[\/.-]/_}"
}

checkNames() {
  local header
  for header in $(listFiles . | grep '\.h$'); do
    case $header in
      net/if.h | net/route.h | net/ethernet.h) echo "$header: the system has a header of that name" ;;
    esac
    grep -q "^#ifndef $(guardOf "$header")\$" "$header" ||
      echo "$header: its include guard should be $(guardOf "$header")"
  done
}

# Prints the violations in the tree $1.
check() (
  cd "$1"
  listFiles . >/dev/null
  mapfile -t files < <(listFiles .)
  ((${#files[@]} > 0)) || { echo "no file of ours below $1"; return; }
  {
    grep -nHE '^[[:space:]]*#[[:space:]]*(include|pragma)' "${files[@]}" || true
    grep -nHE 'ev(ent_base|util_|buffer|timer_|thread_|connlistener)|bufferevent|llhttp_[a-z]|HPE_' \
      "${files[@]}" | grep -vE '^[^:]*:[0-9]*:[[:space:]]*(//|#)' || true
  } | awk -v list="$(printf '%s\n' "${files[@]}")" \
    "BEGIN { n = split(list, names, \"\\n\"); for (i = 1; i <= n; ++i) ours[names[i]] = 1 } $law"
  checkNames
)

selfTest() {
  local failures=0 rows row path content expected found
  scratch=$(mktemp -d)  # not local: the trap outlives the function
  trap 'rm -rf "$scratch"' EXIT
  plant() {  # path, content; headers get their guard
    mkdir -p "$scratch/$(dirname "$1")"
    { [[ $1 == *.h && $2 != *ifndef* ]] && printf '#ifndef %s\n' "$(guardOf "$1")"; printf '%s\n' "$2"; } >"$scratch/$1"
  }
  plant cls/context.h '#include <vector>'
  plant cls/internal/frame.h '#include "weft/cls/context.h"'
  plant loop/event_loop.h '#include "weft/cls/context.h"'
  plant loop/internal/poller.cc '#include <event2/event.h>'
  plant net/socket.h '#include "weft/loop/event_loop.h"'
  plant net/internal/parser.cc $'#include <llhttp.h>\nllhttp_t parser;'
  plant tests/cls/frame_test.cc '#include "weft/cls/internal/frame.h"'
  plant bench/loop/peer.cc '#include <event2/event.h>'
  plant tests/net/oracle.cc '#include <llhttp.h>'
  plant examples/echo.cc $'// libevent and llhttp_execute may be told of\n#include "absl/status/status.h"\n#include <net/if.h>'
  found=$(check "$scratch")
  [[ -z $found ]] || { printf 'a lawful tree was refused:\n%s\n' "$found"; failures=1; }

  rows=(
    'cls/a.cc|#include "weft/loop/event_loop.h"|cls/ may include cls, not loop'
    'emitter/a.cc|#include "weft/loop/event_loop.h"|emitter/ may include emitter cls, not loop'
    'loop/a.cc|  #  include "weft/net/socket.h"|loop/ may include loop cls, not net'
    'net/a.cc|#include "weft/tests/a.h"|not tests'
    'loop/a.cc|#include "weft/cls/internal/frame.h"|internal headers of cls/'
    'tests/loop/a_test.cc|#include "weft/cls/internal/frame.h"|internal headers of cls/'
    'examples/a.cc|#include "weft/cls/internal/frame.h"|internal headers of cls/'
    'cls/a.cc|#include "cls/context.h"|bare path: spell it "weft/cls/context.h"'
    'cls/a.cc|#include "context.h"|bare path: spell it "weft/cls/context.h"'
    'cls/a.cc|#include <cls/context.h>|bare path: spell it "weft/cls/context.h"'
    'loop/a.cc|#include <weft/cls/context.h>|with quotes'
    'loop/a.cc|#include "event2/event.h"|with angle brackets'
    'cls/a.cc|#include <sys/socket.h>|standard library and Abseil only'
    'loop/a.cc|#include <event2/event.h>|libevent is named in loop/internal/ only'
    'net/a.h|struct event_base* base;|libevent is named in loop/internal/ only'
    'net/a.cc|#include <llhttp.h>|llhttp is named in net/internal/ only'
    'examples/a.cc|int e = HPE_OK;|llhttp is named in net/internal/ only'
    'loop/a.cc|#include "weft/weft.h"|the header that gathers them'
    'loop/a.h|#pragma once|use an include guard'
    'loop/a.h|#ifndef LOOP_A_H|its include guard should be WEFT_LOOP_A_H_'
    'net/route.h|int x;|the system has a header of that name'
  )
  for row in "${rows[@]}"; do
    IFS='|' read -r path content expected <<<"$row"
    plant "$path" "$content"
    found=$(check "$scratch")
    [[ $found == "$path"*"$expected"* ]] || {
      printf 'planted in %s: %s\nexpected: %s\nfound: %s\n\n' "$path" "$content" "$expected" "${found:-nothing}"
      failures=$((failures + 1))
    }
    rm "${scratch:?}/$path"
  done
  return $((failures > 0))
}

if [[ ${1:-} == --self-test ]]; then
  selfTest
  exit
fi
root=$(dirname "$(readlink -f "${1:-${BASH_SOURCE[0]%/*}/../WORKSPACE}")")
violations=$(check "$root")
[[ -z $violations ]] || { printf '%s\n' "$violations"; exit 1; }
