#!/usr/bin/env bash
# usage: ./dev torture [--jobs N] [--kills N] [--seed N]
#
# Builds a release and submits 5,000 jobs while the server is killed with kill -9 at least 20 times at random moments. Then accounts
# for every job by the client's log and the public API: none lost, none completed twice, none stuck. Prints its seed; --seed replays.
set -euo pipefail

bash tools/dev/build.sh release
exec /usr/bin/python3 tests/crash/chaos.py --orc build/release/orc --jobs 5000 --kills 20 "$@"
