#!/usr/bin/env bash
# usage: ./dev test [--quick | --tsan | --coverage | --setup NAME|all]
#
# Builds and runs every test: the style rules, unit, contract and use-case tests with address and undefined-behaviour sanitizers, and
# black-box tests on the release binary. Ends with one line of counts, after naming what was not run and why. Up to three tests that fail beside others
# are judged again by themselves when all else has ended, three times, and named (tools/dev/judge_again.py).
#
#   --quick      the inner loop: C++ tests with sanitizers and the tidy rules; no release build, no black-box test
#   --tsan       C++ tests with the thread sanitizer instead
#   --setup      the black-box tests on another set-up: sqlite, postgres (one process each), postgres-split (API and worker apart), sqlite-runners
#                (the worker is an orc runner), or all four, one after another
#   --coverage   C++ and black-box tests on counted builds; report in build/coverage/report/, fails below 80 % of the lines of src/
set -euo pipefail

kind=whole
case "${1:-}" in
  "") ;;
  --quick | --tsan | --coverage) kind=${1#--} ;;
  --setup)
    kind=setup
    case "${2:-}" in
      sqlite | postgres | postgres-split | sqlite-runners) set_ups=("$2") ;;
      all) set_ups=(sqlite postgres postgres-split sqlite-runners) ;;
      *) echo "dev test: --setup takes sqlite, postgres, postgres-split, sqlite-runners or all" >&2; exit 2 ;;
    esac
    ;;
  *) echo "dev test: '$1' is no option; see ./dev test --help" >&2; exit 2 ;;
esac

# Every step leaves its record here; the last line is counted from these files, not from what was printed. A test that fails fails there; `failed`
# is what leaves no record: a tool that could not do its work.
reports=$PWD/build/reports
rm -rf "$reports" && mkdir -p "$reports/gtest"
failed=0
not_run=()

say() { printf '\n== %s\n' "$*"; }

# run NAME COMMAND…: a step that counts as one test when its tool keeps no count of its own.
run() {
  local name=$1
  shift
  say "$name"
  if "$@"; then echo "$name passed" >>"$reports/steps"; else echo "$name failed" >>"$reports/steps"; failed=1; fi
}

run_ctest() {
  say "C++ tests ($1)"
  LLVM_PROFILE_FILE="$PWD/build/$1/profiles/%m-%p.profraw" \
    ctest --test-dir "build/$1" --parallel 4 --output-on-failure --output-junit "$reports/ctest.xml" --timeout 600 || [ $? -eq 8 ] || failed=1
}

# run_pytest NAME ARGUMENT…: its record goes under that name.
run_pytest() {
  local name=$1
  shift
  say "pytest ($name): $*"
  /usr/bin/python3 -m pytest -q -p no:cacheprovider --tb=short --junitxml="$reports/pytest-$name.xml" "$@" || [ $? -eq 1 ] || failed=1
}

# Black-box tests mostly wait - for leases, retries, restarts -, so several processes share their files, and the C++ tests run meanwhile;
# what they print is shown when they have ended. That each operation was called with success can be judged only then.
black_box_processes=7
# What promises a time, or that no request meets an error, is held to it on a machine that does nothing else.
undisturbed=(tests/processes/rolling_restart_test.py tests/processes/waits_elsewhere_test.py tests/crash/dead_workers_test.py)
# What says how much slower others become, and what keeps every core busy: one after the other, after everything else.
alone=(tests/crash/poison_test.py tests/crash/busy_cores_test.py)
start_black_box() {
  say "black-box tests: begun in $black_box_processes processes beside what follows"
  export ORC_CALLED_OPERATIONS=$reports/called
  (
    failed=0
    run_pytest black-box -n $black_box_processes --dist loadfile --ignore tests/e2e/openapi_coverage_test.py "${undisturbed[@]/#/--ignore=}" "${alone[@]/#/--ignore=}" "$@"
    exit $failed
  ) >"$reports/black-box.log" 2>&1 &
  black_box=$!
}
wait_black_box() {
  wait "$black_box" || failed=1
  cat "$reports/black-box.log"
  run_pytest undisturbed -n ${#undisturbed[@]} --dist loadfile "${undisturbed[@]}"  # they mostly wait
  run_pytest alone "${alone[@]}"
  run_pytest coverage tests/e2e/openapi_coverage_test.py
}

bash tools/dev/setup.sh
# A build that fails still ends in a line of counts.
build() { run "build $1" bash tools/dev/build.sh "$@"; [ $failed -eq 0 ] || finish; }
finish() {
  say "Counts (after $((SECONDS / 60)) min $((SECONDS % 60)) s)"
  /usr/bin/python3 tools/dev/count_tests.py "$reports" "${not_run[@]/#/--not-run=}" || failed=1
  exit $failed
}

case "$kind" in
  whole)
    build asan
    build release all orc_simulate orc_worker_bench orc_model_bench  # the last two so that they compile
    run "500 simulated worlds" build/release/tests/simulation/orc_simulate --seeds 500
    run "lint" bash tools/dev/lint.sh
    start_black_box tests/e2e tests/processes tests/crash
    run_ctest asan
    run_pytest tools tests/tidy tests/dev tests/harness
    wait_black_box
    say "what failed, again and by itself"
    /usr/bin/python3 tools/dev/judge_again.py "$reports" build/asan || failed=1
    not_run+=("thread sanitizer, which needs a build of its own: ./dev test --tsan" "line coverage, which needs a build of its own: ./dev test --coverage"
      "clang-tidy on files that did not change, or beyond 40 that did, which takes half an hour: ./dev lint --all"
      "attacks at full size, which take hours: ./dev torture --attack all --setup all --whole"
      "10,000 simulated worlds, which take a minute or two: ./dev torture --simulate"
      "black-box tests on PostgreSQL, with the worker apart and as a runner, which take four times as long: ./dev test --setup all"
      "figures, which need a machine that does nothing else: ./dev bench")
    ;;
  quick)
    build asan
    run_ctest asan
    run_pytest tools tests/tidy tests/dev tests/harness
    not_run+=("black-box tests, clang-format and clang-tidy, which are not quick: ./dev test")
    ;;
  tsan)
    build tsan
    run_ctest tsan
    not_run+=("everything but the C++ tests, which alone have this build: ./dev test")
    ;;
  setup)
    build release
    for name in "${set_ups[@]}"; do
      export ORC_TEST_SETUP=$name ORC_CALLED_OPERATIONS=$reports/called-$name
      run_pytest "$name" -rs -n $black_box_processes --dist loadfile --ignore tests/e2e/openapi_coverage_test.py tests/e2e
      run_pytest "coverage-$name" -rs tests/e2e/openapi_coverage_test.py
    done
    not_run+=("everything else, which has one set-up: ./dev test")
    ;;
  coverage)
    build coverage
    rm -rf build/coverage/profiles
    run_ctest coverage
    export LLVM_PROFILE_FILE="$PWD/build/coverage/profiles/server-%m-%p.profraw" ORC_BINARY="$PWD/build/coverage/src/app/orc"
    run_pytest black-box tests/e2e
    run "coverage of at least 80 % of lines" /usr/bin/python3 tools/dev/coverage.py build/coverage --lines-min 80
    not_run+=("sanitizers, lint, tests/processes, tests/crash, tests/tidy, tests/dev and tests/harness, which count no lines or end by kill -9: ./dev test")
    ;;
esac
finish
