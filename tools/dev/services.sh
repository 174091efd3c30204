#!/usr/bin/env bash
# usage: ./dev services up|down|status [docker] [nats] [postgres] [registry] [--folder FOLDER] [--set SETTING=VALUE]…
#
# Starts, stops or shows private servers on this machine: own data and sockets under build/services, nothing beyond loopback. Prints one
# line of JSON: for each the address, or null where it does not run; what there was no need to do is said on standard error. One that
# fails is named there, is not in the line, and the others go on; the exit code is 1 then. --set is for the one server that is named. What
# a server stored stays after `down`; remove its folder to forget it.
set -euo pipefail

bash tools/dev/setup.sh
exec /usr/bin/python3 tools/dev/services/run.py "$@"
