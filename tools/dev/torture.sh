#!/usr/bin/env bash
# usage: ./dev torture [--attack NAME|all] [--setup NAME|all] [--whole] [--at-once N] [--jobs N] [--faults N] [--seed N]
#        ./dev torture --simulate [--seeds N] [--seed N] [--threads N]
#        ./dev torture --protections [--only WORDS]…
#
# Builds a release and hurts it as docs/faults.md says; by default 5,000 jobs on one SQLite process that is killed with kill -9 at least 20
# times at random moments. Then accounts for every job by the client's log and the public API: none lost, none completed twice, none stuck.
# Prints its seed; --seed replays. What each attack gave stands in build/torture/results.jsonl too, with date and commit.
#
#   --attack NAME   kills, pauses, clocks, dead-workers, busy-cores (--minutes N), database, partition, commits, outages, poison,
#                   worker-poison, server-poison, deliberations, events, leftovers, container-leftovers, or all
#   --setup NAME    sqlite, postgres, postgres-runners, sqlite-runners, or all; an attack that shows nothing on one says so. For outages also
#                   postgres-apart and postgres-two-apis, for container-leftovers docker-runners
#   --at-once N     attacks side by side, as most of their time is leases that run out
#   --whole         as often as the promise is made: for kills 100,000 jobs, 60 kills, 5 seeds
#   --simulate      10,000 simulated worlds instead, in one process and simulated time; fails also where as many would take more than five
#                   minutes, or a second of it was less than a simulated hour. With --seeds 1 one of them, event by event
#   --protections   takes each protection of the sandbox away, in a copy, and looks whether the tests notice
set -euo pipefail

if [ "${1:-}" = --simulate ]; then
  shift
  bash tools/dev/build.sh release orc_simulate
  exec build/release/tests/simulation/orc_simulate "$@"
fi
if [ "${1:-}" = --protections ]; then
  shift
  bash tools/dev/build.sh asan orc_isolation_test orc_sandbox_test orc_cluster_contract
  exec /usr/bin/python3 tests/protections/taken_away.py "$@"
fi
bash tools/dev/build.sh release
ORC_BINARY=$PWD/build/release/orc exec /usr/bin/python3 tests/crash/torture.py "$@"
