#include "adapters/sandbox/landlock_support.h"

#include <cerrno>
#include <cstring>
#include <sys/syscall.h>
#include <unistd.h>

namespace orc {
namespace {

constexpr unsigned ask_for_version = 1;  // LANDLOCK_CREATE_RULESET_VERSION
constexpr long first_that_holds_signals = 6;

}  // namespace

std::string landlock_problem(PluginUid uid) {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_for_version);
  if (version < 0 && errno == EOPNOTSUPP) return "Landlock is switched off: add it to lsm= on the kernel's command line";
  if (version < 0)
    return std::string("this kernel has no Landlock (") + std::strerror(errno) +
           "): use Linux 5.13 or later, and where a container's seccomp profile forbids it, a profile that knows it";
  if (uid == PluginUid::shared && version < first_that_holds_signals)
    return "Landlock version " + std::to_string(version) +
           " does not keep signals in, and plugins would share their uid with the service: use Linux 6.12 or later, or start the service "
           "as "
           "root, so that each run has a uid of its own";
  return {};
}

}  // namespace orc
