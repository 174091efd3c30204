#!/usr/bin/env bash
# usage: ./dev demo [--with postgres] [--keep]
#
# Installs what is missing, builds a release, starts a server on free loopback ports with a throw-away data directory, and sends it
# one job for each of the 150 flowers of Fisher's Iris measurements and four for each measured column. Then three models of `orc model-stub`
# are asked a question, and a verifier plugin finds the right answer (examples/deliberation/). Ends with 0 only if every job completed with
# the right result and the decision is the right answer.
#
#   --with postgres   on a private PostgreSQL server under build/services (./dev services) instead of SQLite
#   --keep            leave the server running and say how to reach and to stop it
set -euo pipefail

bash tools/dev/setup.sh
bash tools/dev/build.sh release
exec /usr/bin/python3 examples/iris/demo.py --orc build/release/orc "$@"
