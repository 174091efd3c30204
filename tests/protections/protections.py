"""Each protection of the sandbox: in which file it stands, and the edit that takes it away. The tests must notice every one of them."""
import dataclasses
import pathlib

APPLICATION = pathlib.Path("src/application/job")
DOCKER = pathlib.Path("src/adapters/docker")
DOMAIN = pathlib.Path("src/domain/plugin")
IMAGE = pathlib.Path("src/adapters/image")
LAUNCH = pathlib.Path("src/launch")
SANDBOX = pathlib.Path("src/adapters/sandbox")


@dataclasses.dataclass(frozen=True)
class Protection:
    name: str
    file: pathlib.Path
    there: str  # stands in the file exactly once
    instead: str
    needs_docker: bool = False  # a test notices it only where a Docker Engine can be started
    leaves_processes: bool = False  # without it some would go on on this host


PROTECTIONS = (
    # strict: namespaces, mounts, cgroups
    Protection("strict: a network of its own", SANDBOX / "launch_command.cc",
               'if (plan.network == NetworkAccess::none) arguments.add({"--unshare-net"});', ""),
    Protection("strict: processes of its own", SANDBOX / "launch_command.cc", ' "--unshare-pid",', ""),
    Protection("strict: System V and message queues of its own", SANDBOX / "launch_command.cc", ' "--unshare-ipc",', ""),
    Protection("strict: an empty environment", SANDBOX / "launch_command.cc", ', "--clearenv"', ""),
    Protection("strict: no capability in the sandbox", SANDBOX / "launch_command.cc", '"--cap-drop", "ALL"', '"--cap-add", "ALL"'),
    Protection("strict: the filter of system calls", SANDBOX / "launch_command.cc",
               'arguments.add({"--seccomp", std::to_string(filter_descriptor)});', ""),
    Protection("strict: scratch space ends", SANDBOX / "launch_command.cc", 'plan.places.scratch, scratch_bytes_of(plan)', 'plan.places.scratch, "1000000000"'),
    Protection("strict: read-only mounts", LAUNCH / "confinement.cc", "MS_REMOUNT | MS_RDONLY | MS_NOSUID", "MS_REMOUNT | MS_NOSUID"),
    Protection("strict: folders in memory end", LAUNCH / "confinement.cc", 'size=" + std::to_string(order.bytes)', 'size=1g"  + std::string()'),
    Protection("strict: the number of files in a folder in memory", LAUNCH / "confinement.cc", "nr_inodes=16384", "nr_inodes=0"),
    Protection("strict: the memory limit of the cgroup", SANDBOX / "cgroup_v1.cc", "const std::string text = std::to_string(bytes);",
               "const std::string text = std::to_string(bytes * 100);"),
    Protection("strict: the limit of processes of the cgroup", SANDBOX / "cgroup_v1.cc", "std::to_string(limits.pids))", "std::string(\"30000\"))"),
    Protection("strict: the processor time of the cgroup", SANDBOX / "cgroup_v1.cc", '"cpu.cfs_quota_us", std::to_string(quota)', '"cpu.cfs_quota_us", std::string("-1")'),
    Protection("strict: all of a run end when memory is short", LAUNCH / "supervision.cc",
               "if (event == Event::out_of_memory && !killing) excess = Excess::memory;", ""),
    # container: Landlock, filters, watching
    Protection("container: only named files", LAUNCH / "confinement.cc", "if (!direct.access.empty()) restrict_to(direct.access, direct.tcp);", ""),
    Protection("container: the filter of system calls", LAUNCH / "confinement.cc", "const std::string program = read_all(filter_descriptor);", "const std::string program;"),
    Protection("container: no sockets", SANDBOX / "system_call_filter.cc",
               "if (kind.has_own_network()) return allow_families", "if (kind.network == NetworkAccess::none) return allow_families"),
    Protection("container: no System V and message queues", SANDBOX / "system_call_filter.cc",
               "if (holds(refused_without_namespaces, name) && ", "if (name.empty() && holds(refused_without_namespaces, name) && "),
    Protection("container: memory of all processes", LAUNCH / "run_watch.cc",
               "orders_.memory_bytes > 0 && uses_too_much", "orders_.memory_bytes < 0 && uses_too_much"),
    Protection("container: all that is written", LAUNCH / "run_watch.cc", " || files.bytes() > orders_.scratch_bytes", ""),
    Protection("container: the number of files", LAUNCH / "run_watch.cc", " || files.are_too_many()", ""),
    Protection("container: what hides", LAUNCH / "run_watch.cc", "const bool hides = hides_ && hid_before;", "const bool hides = hid_before && folders_.empty();"),
    Protection("container: mapped files that hide", LAUNCH / "run_watch.cc", " || files.map_uncounted(threads, names_)", ""),
    Protection("container: processes without their first thread", LAUNCH / "process_view.cc",
               "if (thread > 0 && has_memory(thread)) found = thread;", ""),
    Protection("container: nothing is handed over sockets", SANDBOX / "system_call_filter.cc", '"sendmsg", ', ""),
    Protection("container: threads share their descriptors", SANDBOX / "system_call_filter.cc",
               "  if (kind == CallFilter::in_namespaces) return allow_if(filter, SCMP_SYS(clone)",
               "  if (kind == CallFilter::in_namespaces || filter != nullptr) return allow_if(filter, SCMP_SYS(clone)"),
    Protection("container: nobody parts from shared descriptors", SANDBOX / "system_call_filter.cc", '  if (name == "close_range") return false;', ""),
    Protection("container: orc-launch is not killed before it is alone", SANDBOX / "live_run.cc",
               "if (!outlives_launcher_) {", "if (process_ > 0 || outlives_launcher_) {", leaves_processes=True),
    Protection("container: what a killed orc-launch leaves", LAUNCH / "sweep.cc", "kill(-1, SIGKILL)", "kill(-1, 0)", leaves_processes=True),
    Protection("container: the limit of processes", SANDBOX / "direct_command.cc", 'if (plan.own_id) words.limit("nproc", plan.pids);', ""),
    Protection("container: who outlives the command is killed", LAUNCH / "supervision.cc", "if (excess || (watch && command_status))", "if (excess)"),
    # with the host's network
    Protection("network host: only where the worker gives it", SANDBOX / "cluster_core.cc",
               "if (spec.network > settings_.network) return no_such_network(run.version);", ""),
    Protection("network host: nobody is reached by an abstract name", SANDBOX / "system_calls.h",
               "host_socket_families = {AF_INET, AF_INET6};", "host_socket_families = {AF_INET, AF_INET6, AF_UNIX};"),
    Protection("network host: no pair that could write to anybody", SANDBOX / "system_calls.h",
               "own_pair_types = {SOCK_STREAM, SOCK_SEQPACKET};", "own_pair_types = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};"),
    Protection("network host: files on their way in sockets", LAUNCH / "run_watch.cc",
               "if (orders_.may_send_files) files.look_for_sent(threads);", ""),
    # where others have the same uid
    Protection("shared uid: signals stay inside", LAUNCH / "landlock.cc", ".scoped = version >= 6 ?", ".scoped = version >= 600 ?"),
    Protection("shared uid: modes of files that are shared", SANDBOX / "system_call_filter.cc",
               "return !holds(refused_with_shared_uid, name) && ", "return !(name.empty() && holds(refused_with_shared_uid, name)) && "),
    Protection("shared uid: limits of others", SANDBOX / "system_call_filter.cc", " && std::ranges::find(only_about_itself, name, &AboutWhom::name) == only_about_itself.end()", ""),
    # when the worker dies
    Protection("guard: cgroups of a killed worker are emptied", LAUNCH / "guard.cc", "if (member > 1) kill(member, SIGKILL);", "static_cast<void>(member);"),
    Protection("guard: containers of a killed worker are removed", LAUNCH / "container_guard.cc", 'const std::string request = "DELETE', 'const std::string request = "GET'),
    # all levels
    Protection("all: descriptors of the service are closed", LAUNCH / "confinement.cc",
               'must(close_range(stays + 1, ~0U, 0) == 0, "cannot close descriptors");', ""),
    Protection("all: standard output ends at its limit", SANDBOX / "live_run.cc", "stop(StopReason::output_too_large, 0ms);", ""),
    Protection("all: the calls that Docker allows, and no more", SANDBOX / "system_call_filter.cc", "seccomp_init(SCMP_ACT_ERRNO(EPERM))",
               "seccomp_init(SCMP_ACT_ALLOW)"),
    Protection("all: no new privileges", LAUNCH / "confinement.cc",
               'must(prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0, "cannot renounce new privileges");', ""),
    Protection("all: the length of a file", SANDBOX / "launch_words.h", 'limit("fsize", std::max<std::int64_t>(scratch_mb, 1) * mebibyte);',
               "static_cast<void>(scratch_mb);"),
    Protection("all: who ignores being asked is killed", LAUNCH / "supervision.cc", "if (nobody_to_ask || event == Event::killed) killing = true;",
               "if (nobody_to_ask) killing = true;", leaves_processes=True),
    Protection("all: links in the output folder are not followed", LAUNCH / "collection.cc",
               "openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK", "openat(folder, name.c_str(), O_RDONLY | O_NONBLOCK"),
    Protection("all: the run ends with its worker", LAUNCH / "confinement.cc",
               'must(prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(signal), 0UL, 0UL, 0UL) == 0, "cannot tie itself to its parent");',
               "static_cast<void>(signal);", leaves_processes=True),
    Protection("all: the groups of the service are left", LAUNCH / "confinement.cc",
               'must(setgroups(group ? 1 : 0, group ? &*group : nullptr) == 0, "cannot leave its groups");', "static_cast<void>(group);"),
    Protection("container and none: the plugin goes before the service when memory is short", LAUNCH / "confinement.cc", 'write(file, "500", 3) == 3',
               'write(file, "0", 1) == 1'),
    Protection("all: an input that no argument can hold comes on standard input alone", SANDBOX / "plugin_input.h", "argument_bytes_max = 131'071",
               "argument_bytes_max = 1'310'710"),
    Protection("all: what does not fit the output schema is no success", APPLICATION / "work_desk.cc",
               "co_await hold_against_schema(*version, outcome);", ""),
    Protection("all: names of images are held to the grammar", DOMAIN / "image_reference.cc", "if (!is_path(text) || ", "if ((!is_path(text) && text.empty()) || "),
    Protection("all: tags of images are held to the grammar", DOMAIN / "image_reference.cc", "if (!is_tag(reference.tag)) return {};",
               "if (!is_tag(reference.tag) && reference.tag.empty()) return {};"),
    Protection("all: the log is cut at its megabyte", SANDBOX / "captured_log.cc", "while (tail_bytes_ > tail_bytes_max", "while (tail_bytes_ > 100 * tail_bytes_max"),
    Protection("container and none: what a service without root may do is given up", LAUNCH / "confinement.cc",
               'must(syscall(SYS_capset, &header, none) == 0, "cannot give up capabilities");', "static_cast<void>(header), static_cast<void>(none);"),
    Protection("container and none: orphans stay in the family", LAUNCH / "supervision.cc",
               'if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) != 0) throw std::runtime_error("cannot adopt orphans");', "", leaves_processes=True),
    # what the one before has left in a slot
    Protection("slots: what a run leaves is removed after it", SANDBOX / "cluster_core.cc",
               "[folder = slot.folder] { return remove_run_folder(folder); }", "[] { return Result<void>(); }"),
    Protection("slots: what is left in the folders of a run is removed before the next", SANDBOX / "run_folders.cc",
               """std::optional<std::uint32_t> owner) {
  if (auto removed = remove_run_folder(folder); !removed) return removed;
  if (mkdir(folder.c_str(), 0700) != 0)""", """std::optional<std::uint32_t> owner) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)"""),
    Protection("slots: what is left of an input is removed before the next", SANDBOX / "run_folders.cc",
               """Result<void> make_input_folder(const fs::path& folder) {
  if (auto removed = remove_run_folder(folder); !removed) return removed;""", "Result<void> make_input_folder(const fs::path& folder) {"),
    Protection("slots: what a killed worker has left is removed by the next", SANDBOX / "sandbox_host.cc",
               'if (auto removed = remove_run_folder(settings_.data_dir / "sandbox" / "slots"); !removed) return removed;', ""),
    # what an image may bring
    Protection("images: no name leads out", IMAGE / "layer_unpacker.cc", 'if (part == "..") return bad(given, "leads out of its folder");', ""),
    Protection("images: nothing is removed but by its name", IMAGE / "layer_unpacker.cc",
               'if (name.empty() || name == "." || name == "..")', "if (given.empty())"),
    Protection("images: bytes", IMAGE / "layer_unpacker.cc", "if (amount_.bytes > limits_.bytes_max)", "if (amount_.bytes > 100 * limits_.bytes_max)"),
    Protection("images: entries", IMAGE / "layer_unpacker.cc", "if (amount_.entries <= limits_.entries_max) return {};",
               "if (amount_.entries <= 100 * limits_.entries_max) return {};"),
    Protection("images: depth", IMAGE / "layer_unpacker.cc", "if (++depth > depth_max)", "if (++depth > 100 * depth_max)"),
    Protection("images: paths", IMAGE / "layer_unpacker.cc", "if (put_bytes_ > limits_.paths_bytes_max)", "if (put_bytes_ > 100 * limits_.paths_bytes_max)"),
    # what a Docker Engine is asked for
    Protection("docker: memory", DOCKER / "container_order.cc", 'json.member("Memory", limits.memory_mb * mebibyte);', ""),
    Protection("docker: no swap", DOCKER / "container_order.cc", 'json.member("MemorySwap", limits.memory_mb * mebibyte);', ""),
    Protection("docker: processes", DOCKER / "container_order.cc", 'json.member("PidsLimit", limits.pids', 'json.member("PidsUnlimited", limits.pids'),
    Protection("docker: processor time", DOCKER / "container_order.cc", 'json.member("NanoCpus", static_cast<std::int64_t>(limits.cpus * 1e9));', ""),
    Protection("docker: a read-only root", DOCKER / "container_order.cc", 'json.member("ReadonlyRootfs", true);', ""),
    Protection("docker: no network", DOCKER / "container_order.cc", 'spec.network == NetworkAccess::none ? "none"', 'spec.network == NetworkAccess::none ? "bridge"'),
    Protection("docker: the host's network only where the worker gives it", DOCKER / "docker_core.cc",
               "if (run.version.spec.network > settings_.network) co_return refuse(no_such_network(run.version));", ""),
    Protection("docker: no capability", DOCKER / "container_order.cc", 'json.value("ALL");', ""),
    Protection("docker: no new privileges", DOCKER / "container_order.cc", 'json.value("no-new-privileges");', ""),
    Protection("docker: the filter of system calls", DOCKER / "container_order.cc", 'json.value("seccomp=" + docker_seccomp_profile(spec.network));',
               'json.value("seccomp=unconfined");'),
    Protection("docker: a user that is not root", DOCKER / "container_order.cc", 'json.member("User", user);', 'json.member("User", user.substr(0, 0));'),
    Protection("docker: containers of a killed worker are removed by the next", DOCKER / "docker_core.cc",
               "if (auto removed = co_await remove_left_behind(); !removed) co_return pass_on(removed);", ""),
    Protection("docker: the first process gives nothing away", LAUNCH / "inside.cc",
               'must(prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) == 0, "cannot hide from the plugin");', "", needs_docker=True),
)
