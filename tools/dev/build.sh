#!/usr/bin/env bash
# usage: ./dev build [release|asan|tsan|coverage] [TARGET…]
#
# Configures when needed and builds. Without a word: release, everything in it.
#
#   release    optimised, stripped, without tests: build/release/orc
#   asan       address and undefined-behaviour sanitizers, with tests
#   tsan       thread sanitizer, with tests
#   coverage   counted lines, with tests
set -euo pipefail

preset=release
case "${1:-}" in
  release | asan | tsan | coverage) preset=$1; shift ;;
  -*) echo "dev build: '$1' is no option; see ./dev build --help" >&2; exit 2 ;;
esac

bash tools/dev/setup.sh

mkdir -p build
# Settings of a preset reach a folder only when it is configured with it anew.
if [ ! -f "build/$preset/build.ninja" ] || ! cmp -s CMakePresets.json "build/$preset/presets-used.json"; then
  log="build/configure-$preset.log"
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    echo "build: cmake failed for '$preset'; its words are above and in $log" >&2
    exit 1
  fi
  cp CMakePresets.json "build/$preset/presets-used.json"
fi

export NINJA_STATUS="[$preset %f/%t %es] "
if ! cmake --build "build/$preset" -- "$@"; then
  free=$(df --output=avail --block-size=1M build | tail -1)
  [ "$free" -ge 500 ] || echo "build: only $free MB of disk are left; a build with tests takes 5 GB, and the compiler cache 5 GB at most" >&2
  exit 1
fi
[ "$preset" != release ] || ln -sfn src/app/orc build/release/orc
