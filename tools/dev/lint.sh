#!/usr/bin/env bash
# usage: ./dev lint [--all] [--no-clang-tidy]
#
# Holds the style: the tidy rules of tests/tidy/, clang-format, and clang-tidy (.clang-tidy) on the files of the last commit and of
# the work since, 40 at most. Files that clang-tidy passed before, with the same headers and settings, are not read again.
#
#   --all             clang-tidy on every file, not only on what changed
#   --no-clang-tidy   only the rules that take seconds
set -euo pipefail

scope=changed
for word in "$@"; do
  case "$word" in
    --all) scope=all ;;
    --no-clang-tidy) scope=none ;;
    *) echo "dev lint: '$word' is no option; see ./dev lint --help" >&2; exit 2 ;;
  esac
done

bash tools/dev/setup.sh
failed=0
/usr/bin/python3 tests/tidy/tidy.py || failed=1

if git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cc' | xargs -0 -r clang-format-19 --dry-run -Werror; then
  echo "clang-format: every file is as .clang-format says"
else
  echo "clang-format: run ./dev format" >&2
  failed=1
fi

if [ "$scope" != none ]; then
  [ -f build/asan/compile_commands.json ] || bash tools/dev/build.sh asan -t restat >/dev/null
  /usr/bin/python3 tools/dev/clang_tidy.py "--$scope" || failed=1
fi
exit $failed
