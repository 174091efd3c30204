#include <algorithm>
#include <unistd.h>

#include "adapters/cli/doctor_checks.h"
#include "adapters/sandbox/sandbox_probe.h"

namespace orc {
namespace {

using enum Finding::Verdict;

// The words by which whoever starts the server gets its plugins to run.
std::string what_would_help(const SandboxFacts& facts) {
  const std::string less = facts.strongest ? "with --isolation " + std::string(to_word(*facts.strongest)) + ", or " : "";
  return "start orc serve " + less + "as root, or by systemd with Delegate=yes; " + facts.problem;
}

Finding isolation_of(const SandboxFacts& facts, Isolation least) {
  if (facts.strongest == Isolation::strict) return {.subject = "sandbox", .found = "a program ran in it; isolation strict"};
  const std::string level = facts.strongest ? "isolation " + std::string(to_word(*facts.strongest)) + " at most" : "no plugin can run here";
  if (facts.strongest && *facts.strongest >= least) return {.verdict = warn, .subject = "sandbox", .found = level, .advice = facts.problem};
  return {.verdict = bad,
          .subject = "sandbox",
          .found = level + ", but orc serve demands " + std::string(to_word(least)) + ": it would run nothing",
          .advice = what_would_help(facts)};
}

Finding uids_of(const SandboxFacts& facts) {
  if (facts.own_uids) return {.subject = "uids", .found = "each run has a uid of its own"};
  return {.verdict = warn,
          .subject = "uids",
          .found = ::geteuid() == 0 ? "no uids of their own" : "not root: plugins run as this user, within a user namespace",
          .advice = "start the service as root with a free range in --sandbox-uids to part plugins from this user's files"};
}

Finding cgroups_of(const SandboxFacts& facts) {
  if (facts.cgroups.empty())
    return {.verdict = warn,
            .subject = "cgroups",
            .found = facts.cgroup_problem,
            .advice = "without one, plugins that ask for more than rlimits can hold are refused"};
  if (!facts.cpu_limited)
    return {.verdict = warn,
            .subject = "cgroups",
            .found = facts.cgroups + "; limits.cpus is not held",
            .advice = "delegate the cpu controller too"};
  return {.subject = "cgroups", .found = facts.cgroups};
}

}  // namespace

std::vector<Finding> check_sandbox(const std::filesystem::path& launcher, Isolation least) {
  if (::access(launcher.c_str(), X_OK) != 0) return {};  // check_launcher() tells
  SandboxSettings settings;
  settings.slots = 1;
  settings.least = std::min(least, Isolation::container);  // no less unasked, since what nothing holds can be given everywhere
  settings.launcher = launcher;
  const SandboxFacts facts = probe_sandbox(settings);
  return {isolation_of(facts, least), uids_of(facts), cgroups_of(facts)};
}

}  // namespace orc
