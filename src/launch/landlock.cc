#include "launch/landlock.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch/must.h"

namespace orc::launch {
namespace {

// The kernel's interface in its own words (include/uapi/linux/landlock.h of Linux 6.12), as older systems compile without its newer half.
struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed_access;
  std::int32_t parent_fd;
};
constexpr unsigned create_version = 1;
constexpr int rule_path_beneath = 1;

constexpr std::uint64_t fs_execute = 1 << 0;
constexpr std::uint64_t fs_write_file = 1 << 1;
constexpr std::uint64_t fs_read_file = 1 << 2;
constexpr std::uint64_t fs_read_dir = 1 << 3;
constexpr std::uint64_t fs_make_char = 1 << 6;
constexpr std::uint64_t fs_make_block = 1 << 11;
constexpr std::uint64_t fs_refer = 1 << 13;                      // from version 2 on
constexpr std::uint64_t fs_truncate = 1 << 14;                   // from version 3 on
constexpr std::uint64_t fs_ioctl_dev = 1 << 15;                  // from version 5 on
constexpr std::uint64_t net_bind_and_connect_tcp = 3;            // from version 4 on
constexpr std::uint64_t scope_abstract_sockets_and_signals = 3;  // from version 6 on

constexpr std::uint64_t for_reading = fs_execute | fs_read_file | fs_read_dir;
// A rule about a file may name only these.
constexpr std::uint64_t of_a_file = fs_execute | fs_write_file | fs_read_file | fs_truncate | fs_ioctl_dev;

std::uint64_t every_access(int version) {
  std::uint64_t every = fs_refer - 1;
  if (version >= 2) every |= fs_refer;
  if (version >= 3) every |= fs_truncate;
  if (version >= 5) every |= fs_ioctl_dev;
  return every;
}

std::uint64_t rights(Access access, std::uint64_t every) {
  switch (access) {
    case Access::read:
      return for_reading;
    case Access::write:
      return every & ~(fs_make_char | fs_make_block | fs_ioctl_dev);
    case Access::device:
      return every & (fs_read_file | fs_write_file | fs_truncate | fs_ioctl_dev);
  }
  return 0;
}

void allow(int ruleset, const AccessOrder& order, std::uint64_t every) {
  const int path = open(order.path.c_str(), O_PATH | O_CLOEXEC);
  if (path < 0 && errno == ENOENT) return;
  must(path >= 0, "cannot open " + order.path);
  struct stat status{};
  must(fstat(path, &status) == 0, "cannot look at " + order.path);
  std::uint64_t allowed = rights(order.access, every);
  if (!S_ISDIR(status.st_mode)) allowed &= of_a_file;
  const PathBeneath rule{.allowed_access = allowed, .parent_fd = path};
  must(syscall(SYS_landlock_add_rule, ruleset, rule_path_beneath, &rule, 0) == 0, "cannot allow " + order.path);
  close(path);
}

}  // namespace

int landlock_version() {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, create_version);
  return version < 0 ? 0 : static_cast<int>(version);
}

void restrict_to(const std::vector<AccessOrder>& orders, TcpUse tcp) {
  const int version = landlock_version();
  if (version < 1) throw std::runtime_error("this kernel has no Landlock");
  const std::uint64_t every = every_access(version);
  const RulesetAttributes attributes{.handled_access_fs = every,
                                     .handled_access_net = version >= 4 && tcp == TcpUse::none ? net_bind_and_connect_tcp : 0,
                                     .scoped = version >= 6 ? scope_abstract_sockets_and_signals : 0};
  const std::size_t size = version >= 6 ? sizeof attributes : version >= 4 ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
  const auto ruleset = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0));
  must(ruleset >= 0, "cannot begin with Landlock");
  for (const AccessOrder& order : orders) allow(ruleset, order, every);
  must(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0, "cannot restrict itself with Landlock");
  close(ruleset);
}

}  // namespace orc::launch
