#!/usr/bin/env bash
# Installs weft, moves the installed tree elsewhere, as packagers do, and builds a stranger's project against
# it: by find_package and by pkg-config.
#
#   install_test.sh BUILD   BUILD: a CMake build folder in which libweft is built

set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
build=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() { echo "install_test: $*" >&2; exit 1; }

expectOutput() {  # program, how it was built
  local output
  output=$("$1") || fail "the program built by $2 exits with $?"
  [[ $output == "request 17, with the stranger's own socket" ]] ||
    fail "the program built by $2 prints: $output"
  echo "ok: built by $2"
}

byFindPackage() {
  cmake -S "$here" -B "$scratch/build" -G Ninja -DCMAKE_PREFIX_PATH="$installed" \
    -DEVERY_HEADER_DIR="$scratch" >/dev/null
  ninja -C "$scratch/build" || fail "the stranger's CMake project does not build"
  expectOutput "$scratch/build/stranger" "find_package"
}

byPkgConfig() {
  local -a flags
  read -ra flags <<<"$(PKG_CONFIG_PATH=$(dirname "$(find "$installed" -name weft.pc)") \
    pkg-config --cflags --libs weft)"
  c++ -std=c++20 -I"$here" -I"$scratch" "$here/main.cc" -o "$scratch/stranger" "${flags[@]}" ||
    fail "what pkg-config says does not build the stranger's program"
  expectOutput "$scratch/stranger" "pkg-config"
}

cmake --install "$build" --prefix "$scratch/installed" >/dev/null
mv "$scratch/installed" "$scratch/moved"
installed=$scratch/moved

mapfile -t headers < <(cd "$installed/include" && find weft -name '*.h' | sort)
[[ " ${headers[*]} " == *" weft/loop/event_loop.h "* ]] || fail "weft/loop/event_loop.h is not installed"
[[ " ${headers[*]} " != *" weft/tests/"* ]] || fail "headers of tests are installed"
stray=$(cd "$installed" && find include -type f ! -path 'include/weft/*.h')
[[ -z $stray ]] || fail "installed beside weft's headers: $stray"
leaks=$(grep -rlF -e "$build" -e "${here%/tests/install}" "$installed" \
  --include='*.cmake' --include='*.pc' || true)
[[ -z $leaks ]] || fail "paths of the build are left in: $leaks"
printf '#include "%s"\n' "${headers[@]}" >"$scratch/every_header.h"

byFindPackage
byPkgConfig
