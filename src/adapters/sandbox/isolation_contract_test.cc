// What every isolation level promises beside what any cluster does (tests/contract/cluster_promises.cc): the rows are those of
// docs/isolation.md. Its bounds stand in isolation_bounds_test.cc, how runs end in isolation_ends_test.cc. The same program runs as root,
// as an ordinary user (orc_isolation_user_test).
//
// Which protection each row needs, so that it turns red without it:
//   files           strict: read-only mounts (confinement.cc); container: restrict_to() (landlock.cc)
//   sockets         strict: --unshare-net (launch_command.cc); container: allow_sockets() (system_call_filter.cc); with the host's network
//                   host_socket_families and own_pair_types (system_calls.h) at both
//   calls           allowed_system_calls (system_calls.h)
//   signals         strict: --unshare-pid; container: scoped signals (landlock.cc), or a uid of its own
//   memory, scratch strict: cgroup and tmpfs; container: RunWatch (run_watch.cc) and RLIMIT_DATA, RLIMIT_FSIZE
//   processes       RLIMIT_NPROC or the pids cgroup; killing in supervise() (supervision.cc)

#include <array>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <grp.h>
#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "adapters/sandbox/testing/isolation_test.h"
#include "adapters/system/file_descriptor.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;

// All three, unless ORC_ISOLATION_LEVELS names those that the tests' host can give, such as "container,none".
std::vector<Isolation> levels_to_test() {
  const char* const chosen = std::getenv("ORC_ISOLATION_LEVELS");
  std::vector<Isolation> levels;
  for (const Isolation level : {Isolation::strict, Isolation::container, Isolation::none})
    if (chosen == nullptr || std::string_view(chosen).contains(to_word(level))) levels.push_back(level);
  return levels;
}

INSTANTIATE_TEST_SUITE_P(Levels, IsolationTest, testing::ValuesIn(levels_to_test()),
                         [](const auto& level) { return std::string(to_word(level.param)); });

TEST_P(IsolationTest, the_level_is_recorded_for_the_attempt) {
  const PluginOutcome outcome = run(plugin({"say", "{}"}));
  EXPECT_EQ(outcome.how, AttemptOutcome::succeeded) << outcome.message;
  EXPECT_EQ(outcome.isolation, level_);
}

TEST_P(IsolationTest, a_plugin_that_asks_for_more_is_refused) {
  PluginRun demanding = plugin({"say", "{}"});
  demanding.version.spec.isolation = Isolation::strict;
  const PluginOutcome outcome = run(demanding);
  EXPECT_EQ(outcome.how, level_ == Isolation::strict ? AttemptOutcome::succeeded : AttemptOutcome::refused);
  if (level_ != Isolation::strict)
    EXPECT_THAT(outcome.message, HasSubstr("asks for isolation strict, and this worker gives " + std::string(to_word(level_))));
}

TEST_P(IsolationTest, no_privilege_is_held_or_gained) {
  const std::string status = output_of({"show", "/proc/self/status"});
  for (const char* line : {"CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1"})
    EXPECT_THAT(status, HasSubstr(line));
  EXPECT_THAT(status, HasSubstr(level_ == Isolation::none ? "Seccomp:\t0" : "Seccomp:\t2"));
  EXPECT_THAT(status, testing::Not(HasSubstr("Uid:\t0")));
}

// A service started by a person may be in many groups, disk and docker among them.
TEST_P(IsolationTest, nothing_of_the_services_groups_is_held) {
  if (!has_own_uid()) return;  // nobody else may leave theirs
  const std::array<gid_t, 1> more{64998};
  ASSERT_EQ(setgroups(more.size(), more.data()), 0);
  const std::string status = output_of({"show", "/proc/self/status"});
  ASSERT_EQ(setgroups(0, nullptr), 0);
  EXPECT_THAT(status, HasSubstr("Groups:\t"));
  EXPECT_THAT(status, testing::Not(HasSubstr("64998")));
}

TEST_P(IsolationTest, the_plugin_goes_before_the_service_where_no_cgroup_bounds_its_memory) {
  if (level_ == Isolation::strict) return;
  EXPECT_EQ(output_of({"show", "/proc/self/oom_score_adj"}), "500\n");
}

TEST_P(IsolationTest, a_set_uid_program_gives_no_privilege) {
  if (!has_own_uid()) return;  // only root can make one that would
  output_of({"say", "{}"});
  const fs::path program = package_folder() / "plugin";
  ASSERT_EQ(chown(program.c_str(), 0, 0), 0);
  ASSERT_EQ(chmod(program.c_str(), 04755), 0);
  EXPECT_THAT(output_of({"show", "/proc/self/status"}), testing::Not(testing::ContainsRegex("[UG]id:[0-9\t]*\t0[\t\n]")));
}

TEST_P(IsolationTest, nothing_of_the_hosts_files_can_be_read_or_changed) {
  output_of({"say", "{}"});
  const std::string package = package_folder().string();
  const Row rows[] = {
      {{"make", "/usr/x"}, "make=EROFS\n", "make=E(ACCES|ROFS)\n", "make=E(ACCES|ROFS)\n"},
      {{"make", "/tmp/x-" + marker_}, "make=done\n", "make=EACCES\n", ""},
      {{"make", "x"}, "make=E(ROFS|ACCES)\n", "make=EACCES\n", has_own_uid() ? "make=EACCES\n" : ""},
      {{"make", package + "/x"}, "make=ENOENT\n", "make=EACCES\n", has_own_uid() ? "make=EACCES\n" : ""},
      {{"make", "/dev/shm/x-" + marker_}, "make=done\n", "make=EACCES\n", ""},
      {{"show", "/etc/shadow"}, "ENOENT", "EACCES", "EACCES"},
      {{"show", "/etc/passwd"}, "plugin:.*", "EACCES", ""},
      {{"show", "/proc/1/environ"}, "", "EACCES", has_own_uid() ? "EACCES" : ""},
      {{"show", "/proc/" + std::to_string(getpid()) + "/environ"}, "ENOENT", "EACCES", has_own_uid() ? "EACCES" : ""},
      {{"list", "/proc"}, "1 .*", "EACCES", ""},
      {{"list", folder_.string()}, "ENOENT", "EACCES", has_own_uid() ? "EACCES" : ""},
      {{"list", "/"}, "bin dev etc .*", "EACCES", ""},
      {{"list", "/sys"}, "ENOENT", "EACCES", ""},
  };
  for (const Row& row : rows) expect(row);
}

TEST_P(IsolationTest, a_file_of_another_uid_or_by_name_is_not_changed) {
  const std::string file = (folder_ / "of the service").string();
  const FileDescriptor made(open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  const Row row{{"change-mode", file}, "change-mode=ENOENT\n", "change-mode=EPERM\n", has_own_uid() ? "change-mode=EPERM\n" : ""};
  expect(row);
}

TEST_P(IsolationTest, the_package_that_runs_share_is_not_changed) {
  const std::string refused = "mode=EPERM\nattribute=E(ACCES|PERM)\n";
  expect({{"change-package"}, "mode=EROFS\nattribute=EROFS\n", refused, has_own_uid() ? refused : ""});
}

TEST_P(IsolationTest, only_the_standard_descriptors_and_the_one_for_progress_are_open) {
  const FileDescriptor canary(open("/etc/hostname", O_RDONLY));  // without close-on-exec on purpose
  EXPECT_EQ(output_of({"list", "/proc/self/fd"}), "0 1 2 3 ");
}

TEST_P(IsolationTest, nothing_of_the_services_environment_is_there) {
  setenv("ORC_CANARY_SECRET", "must not be seen", 1);
  EXPECT_THAT(output_of({"environment"}), testing::AllOf(testing::Not(HasSubstr("CANARY")), HasSubstr("ORC_JOB_ID="), HasSubstr("PWD=")));
}

TEST_P(IsolationTest, no_network_reaches_anybody) {
  const FileDescriptor canary(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(canary.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(canary.get(), 8), 0);
  ASSERT_EQ(getsockname(canary.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  expect({{"connect", port},
          "loopback=ECONNREFUSED\nmetadata=ENETUNREACH\ndns=ENETUNREACH\nabstract=ECONNREFUSED\nvsock=EPERM\nraw=EPERM\n",
          "loopback=EPERM\nmetadata=EPERM\ndns=EBADF\nabstract=EPERM\nvsock=EPERM\nraw=EPERM\n",
          "loopback=done\n.*"});
  EXPECT_EQ(accept(canary.get(), nullptr, nullptr) >= 0, level_ == Isolation::none) << "whether the canary was reached";
}

// A listener on the host's loopback, and one that has an abstract name.
class HostsListeners {
 public:
  explicit HostsListeners(const std::string& name) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(tcp_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(tcp_.get(), 8), 0);
    EXPECT_EQ(getsockname(tcp_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = std::to_string(ntohs(address.sin_port));
    sockaddr_un abstract{};
    abstract.sun_family = AF_UNIX;
    name.copy(abstract.sun_path + 1, sizeof abstract.sun_path - 2);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    EXPECT_EQ(bind(named_.get(), reinterpret_cast<sockaddr*>(&abstract), length), 0);
    EXPECT_EQ(listen(named_.get(), 8), 0);
  }
  bool was_reached() const { return accept(tcp_.get(), nullptr, nullptr) >= 0; }
  std::string port;

 private:
  const FileDescriptor tcp_{socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const FileDescriptor named_{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

TEST_P(IsolationTest, with_the_hosts_network_it_speaks_ip_and_reaches_no_other_socket_of_the_host) {
  settings_.network = NetworkAccess::host;
  start_cluster(settings_);
  const HostsListeners listeners(marker_);
  PluginRun networked = plugin({"use-network", listeners.port, marker_});
  networked.version.spec.network = NetworkAccess::host;
  const PluginOutcome outcome = run(networked);
  EXPECT_EQ(outcome.how, AttemptOutcome::succeeded) << outcome.message;
  const std::string refused = "events=EPERM\nvsock=EPERM\nraw=EPERM\nstream pair=done\nabstract=EPERM\ndatagram pair=EPERM\n";
  const std::string rest = level_ == Isolation::none ? "(.|\n)*" : refused;
  EXPECT_THAT(outcome.output, MatchesRegex("loopback=done\nlisten=done\ndatagram=done\nroutes=done\n" + rest));
  EXPECT_TRUE(listeners.was_reached());
  EXPECT_THAT(output_of({"use-network", listeners.port, marker_}),
              MatchesRegex(level_ == Isolation::none ? "loopback=done\n(.|\n)*" : "loopback=E[A-Z]+\n(.|\n)*"))
      << "a run beside it that did not ask for one";
  EXPECT_EQ(listeners.was_reached(), level_ == Isolation::none);
}

std::string privileges_in(const std::string& status) {
  std::istringstream lines(status);
  std::string found;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("Cap") || line.starts_with("NoNewPrivs") || line.starts_with("Seccomp:")) found += line + "\n";
  return found;
}

TEST_P(IsolationTest, with_the_hosts_network_everything_else_is_as_strict) {
  settings_.network = NetworkAccess::host;
  start_cluster(settings_);
  const auto said = [&](std::vector<std::string> words) {
    PluginRun networked = plugin(std::move(words));
    networked.version.spec.network = NetworkAccess::host;
    return run(networked).output;
  };
  const std::string privileges = privileges_in(said({"show", "/proc/self/status"}));
  EXPECT_THAT(privileges, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_EQ(privileges, privileges_in(output_of({"show", "/proc/self/status"})));
  if (level_ != Isolation::none) EXPECT_EQ(said({"calls"}), output_of({"calls"}));
  EXPECT_EQ(said({"show", "/etc/shadow"}), output_of({"show", "/etc/shadow"}));
  for (const char* path : {"/etc/resolv.conf", "/etc/ssl/certs/x", "/usr/x"})
    EXPECT_THAT(said({"make", path}), testing::Not(HasSubstr("done"))) << path;
}

// Names are resolved as on the host, and what it trusts is trusted.
TEST_P(IsolationTest, with_the_hosts_network_its_resolver_and_its_certificates_can_be_read) {
  settings_.network = NetworkAccess::host;
  start_cluster(settings_);
  for (const char* file : {"/etc/resolv.conf", "/etc/hosts"}) {
    std::ifstream in(file);
    if (!in) continue;
    const std::string of_host{std::istreambuf_iterator<char>(in), {}};
    PluginRun reader = plugin({"show", file});
    reader.version.spec.network = NetworkAccess::host;
    EXPECT_EQ(run(reader).output, of_host) << file;
  }
  PluginRun reader = plugin({"show", "/etc/nsswitch.conf"});
  reader.version.spec.network = NetworkAccess::host;
  if (level_ == Isolation::strict) EXPECT_THAT(run(reader).output, HasSubstr("hosts: files dns"));
  if (level_ == Isolation::strict) EXPECT_EQ(output_of({"show", "/etc/resolv.conf"}), "") << "without a network there is none";
  if (!std::filesystem::exists("/etc/ssl/certs")) return;
  PluginRun lister = plugin({"list", "/etc/ssl/certs"});
  lister.version.spec.network = NetworkAccess::host;
  EXPECT_EQ(run(lister).how, AttemptOutcome::succeeded);
}

TEST_P(IsolationTest, a_network_that_the_worker_does_not_give_is_refused) {
  PluginRun networked = plugin({"say", "{}"});
  networked.version.spec.network = NetworkAccess::host;
  const PluginOutcome outcome = run(networked);
  EXPECT_EQ(outcome.how, AttemptOutcome::refused);
  EXPECT_THAT(outcome.message, HasSubstr("asks for network host, which this worker does not give"));
}

TEST_P(IsolationTest, no_socket_of_the_host_is_reached_by_its_name) {
  const std::string path = (folder_ / "socket").string();
  const FileDescriptor canary(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(canary.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(canary.get(), 8), 0);
  ASSERT_EQ(chmod(path.c_str(), 0777), 0);
  expect({{"reach", path},
          "stream=ENOENT\ndatagram pair=done\nstream pair=done\n",
          "stream=EPERM\ndatagram pair=EPERM\nstream pair=done\n",
          "stream=done\ndatagram pair=done\nstream pair=done\n"});
}

TEST_P(IsolationTest, calls_that_could_leave_the_sandbox_are_refused) {
  if (level_ == Isolation::none) return;
  std::istringstream answers(output_of({"calls"}));
  int calls = 0;
  for (std::string line; std::getline(answers, line); ++calls)
    EXPECT_TRUE(line.ends_with("=EPERM") || line == "clone3=ENOSYS" || line == "setuid=EINVAL") << line;
  EXPECT_EQ(calls, 24);
}

TEST_P(IsolationTest, nobody_outside_can_be_signalled_or_bounded) {
  const std::string refused = has_own_uid() ? "signal=EPERM\nlimits of another=EPERM\n" : "";
  expect({{"signal", std::to_string(getpid())},
          "signal=ESRCH\nlimits of another=E(SRCH|PERM)\n",
          "signal=EPERM\nlimits of another=EPERM\n",
          refused});
  if (level_ == Isolation::container) EXPECT_EQ(output_of({"kill-parent"}), "parent=EPERM\n");
}

TEST_P(IsolationTest, a_command_that_is_not_there_is_named_and_never_tried_again_in_either_mode) {
  for (const std::string program : {"./absent", "absent", "../absent", "/usr/absent", "./plugin/absent"})
    for (const PluginMode mode : {PluginMode::once, PluginMode::warm}) {
      PluginRun missing = plugin({});
      missing.version.spec.command = {program};
      missing.version.spec.mode = mode;
      const PluginOutcome outcome = run(missing);
      EXPECT_EQ(outcome.how, AttemptOutcome::refused);
      EXPECT_EQ(outcome.message, "the program " + program +
                                     ", or the interpreter that its first line names, is not in the sandbox or may not be executed there");
      EXPECT_EQ(outcome.exit_code, std::nullopt);
    }
}

TEST_P(IsolationTest, an_interpreter_finds_what_it_needs) {
  PluginRun script = plugin({});
  script.version.spec.command = {"/usr/bin/python3", "-I", "-c",
                                 "import json, subprocess, sys, tempfile\nwith tempfile.TemporaryFile() as file: file.write(b'x')\n"
                                 "print(json.dumps(subprocess.run(['echo', 'fine'], capture_output=True, text=True).stdout))"};
  const PluginOutcome outcome = run(script);
  EXPECT_EQ(outcome.output, "\"fine\\n\"\n") << outcome.message;
}

}  // namespace
}  // namespace orc
