#include "adapters/sandbox/sandbox_probe.h"

#include <array>
#include <cstdlib>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "adapters/sandbox/captured_log.h"
#include "adapters/sandbox/cgroup_files.h"
#include "adapters/sandbox/launch_run.h"

namespace orc {
namespace {

constexpr int patience_ms = 30'000;

// What forbids an unprivileged user namespace on the systems that people have (man 7 user_namespaces; Ubuntu's and Debian's own switches).
std::string namespace_advice() {
  struct Switch {
    const char* file;
    const char* forbids;
    const char* advice;
  };
  constexpr std::array switches = {
      Switch{"/proc/sys/kernel/unprivileged_userns_clone", "0\n", "sysctl kernel.unprivileged_userns_clone=1"},
      Switch{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
      Switch{"/proc/sys/user/max_user_namespaces", "0\n", "sysctl user.max_user_namespaces=10000"},
  };
  for (const Switch& one : switches)
    if (read_kernel_file(one.file) == one.forbids) return one.advice;
  return "inside a container, allow it user namespaces and mounts, or run the service outside";
}

std::string read_rest(int descriptor) {
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t size = read(descriptor, part.data(), part.size());
    if (size <= 0 || text.size() > CapturedLog::end_bytes_max) return well_formed(text.substr(0, text.find_last_not_of('\n') + 1));
    text.append(part.data(), static_cast<std::size_t>(size));
  }
}

// Empty if an empty program ran, otherwise why not.
std::string try_run(const SandboxHost& host, RunSlot& slot) {
  const RunOrder order{
      .command = {"/bin/true"}, .input = "{}", .environment = {}, .limits = {}, .package = host.mounts().front().source / "plugin"};
  auto launched = launch_run(host, slot, order);
  if (!launched) return launched.error().message;
  pollfd ended{.fd = launched->ended.get(), .events = POLLIN, .revents = 0};
  int ready = poll(&ended, 1, patience_ms);
  while (ready < 0 && errno == EINTR) ready = poll(&ended, 1, patience_ms);
  const bool in_time = ready == 1;
  if (!in_time) kill(launched->process, SIGKILL);
  int status = 0;
  waitpid(launched->process, &status, 0);
  if (!in_time) return "an empty program did not end in " + std::to_string(patience_ms) + " ms";
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  return read_rest(launched->log.get());
}

}  // namespace

SandboxFacts probe_sandbox(const SandboxHost& host, RunSlot& slot) {
  SandboxFacts facts{.strongest = {},
                     .problem = try_run(host, slot),
                     .own_uids = host.has_own_ids(),
                     .cgroups = host.cgroups() != nullptr ? host.cgroups()->description() : "",
                     .cgroup_problem = host.cgroup_problem(),
                     .cpu_limited = host.cgroups() != nullptr && host.cgroups()->limits_cpu()};
  if (facts.problem.empty()) {
    facts.strongest = Isolation::strict;
  } else {
    facts.problem = "no sandbox can be made: " + facts.problem + "; what may help: " + namespace_advice();
  }
  return facts;
}

SandboxFacts probe_sandbox(const SandboxSettings& settings) {
  SandboxFacts facts;
  std::string folder = (std::filesystem::temp_directory_path() / "orc-probe-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    facts.problem = "cannot make a folder in " + std::filesystem::temp_directory_path().string();
    return facts;
  }
  SandboxSettings own = settings;
  own.data_dir = folder;
  {
    auto host = SandboxHost::prepare(own);
    auto slot = host ? (*host)->make_slot(0) : Result<RunSlot>(pass_on(host));
    if (slot) {
      facts = probe_sandbox(**host, *slot);
    } else {
      facts.problem = slot.error().message;
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return facts;
}

}  // namespace orc
