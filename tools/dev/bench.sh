#!/usr/bin/env bash
# usage: ./dev bench [OPTION…]
#
# Builds a release and measures it: three runs of each scenario, minimum, median and maximum, beside reference figures taken in the
# same run. Options go to bench/run.py; bench/README.md names the scenarios and what each figure means.
set -euo pipefail

bash tools/dev/build.sh release all orc_worker_bench orc_model_bench
exec /usr/bin/python3 bench/run.py --orc build/release/orc "$@"
