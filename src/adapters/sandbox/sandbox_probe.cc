#include "adapters/sandbox/sandbox_probe.h"

#include <array>
#include <cstdlib>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "adapters/sandbox/captured_log.h"
#include "adapters/sandbox/cgroup_files.h"
#include "adapters/sandbox/launch_run.h"
#include "adapters/sandbox/run_folders.h"

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
    if (size <= 0 || text.size() > LogEnd::bytes_max) return well_formed(text.substr(0, text.find_last_not_of('\n') + 1));
    text.append(part.data(), static_cast<std::size_t>(size));
  }
}

struct Failure {
  Isolation level;
  std::string problem;
};

std::string words_of(const std::vector<Failure>& failures) {
  std::string words;
  for (const Failure& one : failures)
    words.append(words.empty() ? "" : "; ").append("isolation ").append(to_word(one.level)).append(": ").append(one.problem);
  return words;
}

// Why this level cannot be given here; empty if it can, and `chosen` then has it.
std::string take_level(const SandboxSettings& settings, Isolation level, ChosenSandbox& chosen) {
  auto host = SandboxHost::prepare(settings, level);
  if (!host) return host.error().message;
  std::vector<RunSlot> slots;
  for (int number = 0; number < settings.slots; ++number) {
    auto slot = (*host)->make_slot(number);
    if (!slot) return slot.error().message;
    slots.push_back(std::move(*slot));
  }
  if (std::string problem = try_sandbox(**host, slots.front()); !problem.empty()) {
    const std::string help = level == Isolation::strict ? "; what may help: " + namespace_advice() : "";
    return "no sandbox can be made: " + problem + help;
  }
  chosen.host = std::move(*host);
  chosen.slots = std::move(slots);
  return {};
}

// The same settings, of a data directory that lives as long as this: a mere question changes nothing of the real one.
class TryingSettings {
 public:
  explicit TryingSettings(SandboxSettings settings) : settings_(std::move(settings)) {
    std::string folder = (std::filesystem::temp_directory_path() / "orc-probe-XXXXXX").string();
    made_ = mkdtemp(folder.data()) != nullptr;
    settings_.data_dir = folder;
  }
  ~TryingSettings() {
    std::error_code ignored;
    if (made_) std::filesystem::remove_all(settings_.data_dir, ignored);
  }
  TryingSettings(const TryingSettings&) = delete;
  TryingSettings& operator=(const TryingSettings&) = delete;

  // Empty: no folder could be made.
  const SandboxSettings* get() const { return made_ ? &settings_ : nullptr; }

 private:
  SandboxSettings settings_;
  bool made_ = false;
};

// For whoever would take less than is demanded.
std::string weaker_that_works(const SandboxSettings& settings) {
  if (settings.least == Isolation::none) return {};
  const TryingSettings trying(settings);
  ChosenSandbox weaker;
  if (settings.least == Isolation::strict && trying.get() != nullptr && take_level(*trying.get(), Isolation::container, weaker).empty())
    return "; or start with --isolation container, which this host can give";
  return "; or start with --isolation none, which holds plugins by resource limits alone";
}

}  // namespace

std::string try_sandbox(const SandboxHost& host, RunSlot& slot) {
  const RunOrder order{.command = {"/bin/true"},
                       .input = "{}",
                       .environment = {},
                       .limits = {},
                       .package = host.empty_folder(),
                       .places = host.places(slot, host.empty_folder())};
  auto launched = launch_run(host, slot, order);
  if (!launched) return launched.error().message;
  pollfd ended{.fd = launched->ended.get(), .events = POLLIN, .revents = 0};
  int ready = poll(&ended, 1, patience_ms);
  while (ready < 0 && errno == EINTR) ready = poll(&ended, 1, patience_ms);
  const bool in_time = ready == 1;
  if (!in_time) kill(launched->process, SIGKILL);
  int status = 0;
  waitpid(launched->process, &status, 0);
  if (const auto removed = remove_run_folder(slot.folder); !removed) return removed.error().message;
  if (!in_time) return "an empty program did not end in " + std::to_string(patience_ms) + " ms";
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  return read_rest(launched->log.get());
}

ChosenSandbox choose_sandbox(const SandboxSettings& settings) {
  ChosenSandbox chosen;
  std::vector<Failure> failures;
  for (const Isolation level : {Isolation::strict, Isolation::container, Isolation::none}) {
    if (level < settings.least) continue;
    if (level > settings.strongest) {
      failures.push_back({level, "not wanted here (--isolation-most " + std::string(to_word(settings.strongest)) + ")"});
      continue;
    }
    std::string problem = take_level(settings, level, chosen);
    if (problem.empty()) break;
    failures.push_back({level, std::move(problem)});
  }
  chosen.facts.problem = words_of(failures);
  if (!chosen.host) {
    chosen.facts.problem += weaker_that_works(settings);
    return chosen;
  }
  const SandboxHost& host = *chosen.host;
  chosen.facts.strongest = host.level();
  chosen.facts.own_uids = host.has_own_ids();
  chosen.facts.cgroups = host.cgroups() != nullptr ? host.cgroups()->description() : "";
  chosen.facts.cgroup_problem = host.cgroup_problem();
  chosen.facts.cpu_limited = host.cgroups() != nullptr && host.cgroups()->limits_cpu();
  return chosen;
}

SandboxFacts probe_sandbox(const SandboxSettings& settings) {
  const TryingSettings trying(settings);
  if (trying.get() != nullptr) return choose_sandbox(*trying.get()).facts;
  return {.strongest = {},
          .problem = "cannot make a folder in " + std::filesystem::temp_directory_path().string(),
          .own_uids = {},
          .cgroups = {},
          .cgroup_problem = {},
          .cpu_limited = {}};
}

}  // namespace orc
