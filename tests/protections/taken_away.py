"""Takes each protection of the sandbox away, in a copy of this folder, and looks whether the tests notice. Builds the copy's tests with
sanitizers, several minutes at first; needs root."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

from protections import PROTECTIONS, Protection

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = {"orc_isolation_test": "src/adapters/sandbox", "orc_sandbox_test": "src/adapters/sandbox", "orc_docker_test": "src/adapters/docker",
         "orc_image_test": "src/adapters/image", "orc_domain_test": "src/domain", "orc_application_test": "src/application", "orc_cluster_contract": "tests/contract"}
# Those that others of the same uid need; a service that is not root may have been given something nevertheless.
AS_A_USER = ("setpriv", "--reuid", "64999", "--regid", "64999", "--clear-groups", "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service",
             "env", "ORC_ISOLATION_LEVELS=container,none")
# All that is left in it is killed. Low numbers of processes are those of sandboxes.
AMONG_ITS_OWN = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
                 "sh", "-c", 'echo 10000 >/proc/sys/kernel/ns_last_pid && "$@"; exit $?', "sh")
NO_DOCKER, ONLY_DOCKER = "--gtest_filter=-*docker", "--gtest_filter=*docker"
TEST_SECONDS_MAX = 300


def show(words):
    print(words, flush=True)


# Compiled objects are known to ccache by their path, so the copy is worked on under the name of the original, which only we see so.
def run(copy, command, seconds=3600):
    mounted = ["unshare", "-m", "--propagation", "private", "sh", "-c", 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"', "sh", copy, ROOT]
    try:
        return subprocess.run([*map(str, mounted), *command], check=False, capture_output=True, text=True, errors="replace", timeout=seconds)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"it did not end within {seconds} s")


def must(done, what):
    if done.returncode != 0:
        sys.exit(f"{what}:\n{(done.stdout + done.stderr)[-3000:]}")


def build(copy):
    return run(copy, ["ninja", "-C", "build/asan", *TESTS, "orc-launch", "orc-test-plugin"])


def program(test):
    return f"build/asan/{TESTS[test]}/{test}"


def commands(protection):
    """The tests that may notice, with their names. Those beside its file come first: they notice soonest."""
    if protection.needs_docker:
        return [("orc_cluster_contract in Docker", (program("orc_cluster_contract"), ONLY_DOCKER))]
    around = AMONG_ITS_OWN if protection.leaves_processes else ()
    tests = sorted(TESTS, key=lambda test: not protection.file.is_relative_to(TESTS[test]))
    as_a_user = ("orc_isolation_test as a user", (*around, *AS_A_USER, program("orc_isolation_test"), NO_DOCKER))
    return [*((test, (*around, program(test), NO_DOCKER)) for test in tests), as_a_user]


def first_red(copy, protection):
    """The first test that fails, or None if all pass."""
    for test, command in commands(protection):
        done = run(copy, [*command, "--gtest_fail_fast", "--gtest_brief=1"], TEST_SECONDS_MAX)
        if done.returncode != 0:
            named = [line.split()[3] for line in done.stdout.splitlines() if line.startswith("[  FAILED  ]") and "." in line]
            return named[0].rstrip(",") if named else f"{test} ended with {done.returncode}"
        if protection.needs_docker and "[  SKIPPED ]" in done.stdout:
            sys.exit(f"no Docker Engine can be started here, which \"{protection.name}\" needs")
    return None


def copy_of_sources(folder):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    shutil.copytree(ROOT / "build/third_party", folder / "build/third_party")


def taken_away(copy, protection):
    """The test that noticed, or None: no test did, or it does not compile."""
    file = copy / protection.file
    kept = file.read_text()
    if kept.count(protection.there) != 1:
        sys.exit(f"{protection.name}: {protection.file} holds {kept.count(protection.there)} times {protection.there!r}; tests/protections/protections.py is old")
    try:
        file.write_text(kept.replace(protection.there, protection.instead))
        built = build(copy)
        if built.returncode != 0:  # shows nothing of the tests; the others are taken away all the same
            show((built.stdout + built.stderr)[-1500:])
            return None
        return first_red(copy, protection)
    finally:
        file.write_text(kept)


def main():
    parser = argparse.ArgumentParser(prog="./dev torture --protections", description=__doc__)
    parser.add_argument("--only", action="append", metavar="WORDS", help="those whose name holds these words; may be given again for others")
    options = parser.parse_args()
    chosen = [one for one in PROTECTIONS if any(words in one.name for words in options.only or [""])]
    with tempfile.TemporaryDirectory(prefix="orc-protections-") as folder:
        copy = pathlib.Path(folder)
        copy.chmod(0o755)
        copy_of_sources(copy)
        must(run(copy, ["cmake", "--preset", "asan"]), "it cannot be configured")
        must(build(copy), "it does not compile")
        for kind in {(one.needs_docker, one.leaves_processes) for one in chosen}:
            red = first_red(copy, Protection("all of them", pathlib.Path(), "", "", *kind))
            if red is not None:
                sys.exit(f"with all protections: {red} fails")
        unnoticed = 0
        for number, protection in enumerate(chosen, 1):
            noticed = taken_away(copy, protection)
            unnoticed += noticed is None
            show(f"{number:>2}/{len(chosen)} without \"{protection.name}\": {noticed or 'NOT NOTICED'}")
    print(f"protections: {len(chosen)} taken away, {len(chosen) - unnoticed} noticed, {unnoticed} unnoticed")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
