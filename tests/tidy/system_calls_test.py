"""The table of system calls that plugins may use, held against the profile that containers have by default."""
import json
import pathlib
import re

import pytest

TABLE = pathlib.Path(__file__).resolve().parents[2] / "src/adapters/sandbox/system_calls.h"
# Docker's default profile as Debian's package golang-github-containers-common ships it for Podman (Apache-2.0).
PROFILE = pathlib.Path("/usr/share/containers/seccomp.json")
# Later than that file; in Docker's own list since (moby/profiles/seccomp/default.json, Apache-2.0).
NEWER = {"cachestat", "fchmodat2", "futex_requeue", "futex_wait", "futex_waitv", "futex_wake", "io_pgetevents", "map_shadow_stack", "mseal"}
# What attacks kernels or leaves a sandbox: never without a condition, whatever profiles allow.
NEVER = {"add_key", "bpf", "clone", "clone3", "delete_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "io_uring_enter", "io_uring_register",
         "io_uring_setup", "kexec_load", "keyctl", "mknod", "mknodat", "mount", "mount_setattr", "move_mount", "name_to_handle_at", "open_by_handle_at",
         "open_tree", "perf_event_open", "pidfd_getfd", "pivot_root", "process_vm_readv", "process_vm_writev", "ptrace", "reboot", "request_key", "setns",
         "socket", "swapon", "umount", "umount2", "unshare", "userfaultfd", "vhangup"}


@pytest.fixture(name="ours")
def _ours():
    return re.findall(r'^    "([a-z0-9_]+)",$', TABLE.read_text(), re.MULTILINE)


def test_the_table_is_sorted_and_names_nothing_that_attacks_kernels(ours):
    assert len(ours) > 200 and ours == sorted(set(ours))
    assert not set(ours) & NEVER


@pytest.mark.skipif(not PROFILE.exists(), reason="the profile comes with ./dev setup")
def test_nothing_is_allowed_that_a_container_would_not_be(ours):
    rules = [rule for rule in json.loads(PROFILE.read_text())["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW"]
    allowed = {name for rule in rules for name in rule["names"]}
    assert set(ours) - allowed == NEWER
