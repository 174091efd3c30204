#!/usr/bin/env bash
# usage: ./dev format [FILE…]
#
# Rewrites C++ files as .clang-format says: those named, else all of the repository.
set -euo pipefail

bash tools/dev/setup.sh
if [ $# -gt 0 ]; then
  clang-format-19 -i "$@"
else
  git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cc' | xargs -0 -r clang-format-19 -i
fi
