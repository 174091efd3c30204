#include "launch/confinement.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace orc::launch {
namespace {

void must(bool worked, const std::string& what) {
  if (!worked) throw std::runtime_error(what + ": " + std::strerror(errno));
}

void join(const std::string& cgroup) {
  const int file = open(cgroup.c_str(), O_WRONLY | O_CLOEXEC);
  must(file >= 0, "cannot open " + cgroup);
  must(write(file, "0", 1) == 1, "cannot join " + cgroup);
  close(file);
}

void mount_one(const MountOrder& order) {
  must(mount(order.source.c_str(), order.target.c_str(), nullptr, MS_BIND, nullptr) == 0, "cannot mount " + order.source);
  const unsigned long devices = order.kind == MountKind::device ? 0UL : MS_NODEV;
  must(mount(nullptr, order.target.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | devices, nullptr) == 0,
       "cannot make " + order.source + " read-only");
}

void make_mounts(const std::vector<MountOrder>& mounts) {
  if (mounts.empty()) return;
  must(unshare(CLONE_NEWNS) == 0, "cannot have mounts of its own");
  must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "cannot keep its mounts to itself");
  for (const MountOrder& order : mounts) mount_one(order);
}

void limit(const LimitOrder& order) {
  rlimit now{};
  must(getrlimit(static_cast<__rlimit_resource_t>(order.resource), &now) == 0, "cannot read a resource limit");
  const rlim_t value = std::min(order.value, now.rlim_max);
  const rlimit wanted{.rlim_cur = value, .rlim_max = value};
  must(setrlimit(static_cast<__rlimit_resource_t>(order.resource), &wanted) == 0, "cannot set a resource limit");
}

void empty_bounding_set() {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0UL, 0UL, 0UL) >= 0; ++capability)
    must(prctl(PR_CAPBSET_DROP, capability, 0UL, 0UL, 0UL) == 0, "cannot drop a capability");
}

void hold_no_capability() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[2] = {};
  must(syscall(SYS_capset, &header, none) == 0, "cannot give up capabilities");
}

void become(uid_t id) {
  empty_bounding_set();
  must(setgroups(0, nullptr) == 0, "cannot leave its groups");
  must(setresgid(id, id, id) == 0, "cannot take gid " + std::to_string(id));
  must(setresuid(id, id, id) == 0, "cannot take uid " + std::to_string(id));
}

}  // namespace

void die_with(pid_t parent) {
  must(prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(SIGKILL), 0UL, 0UL, 0UL) == 0, "cannot tie itself to its parent");
  if (getppid() != parent) throw std::runtime_error("its parent has ended");
}

void confine(const LaunchOrders& orders) {
  die_with(orders.parent);
  must(setsid() >= 0, "cannot lead a session");
  for (const std::string& cgroup : orders.cgroups) join(cgroup);
  make_mounts(orders.mounts);
  for (const LimitOrder& order : orders.limits) limit(order);
  if (orders.own_id) become(*orders.own_id);
  hold_no_capability();
  if (geteuid() == 0) throw std::runtime_error("it would run as root");
  die_with(orders.parent);  // a change of uid forgets it
  must(prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0, "cannot renounce new privileges");
  must(close_range(last_descriptor + 1, ~0U, 0) == 0, "cannot close descriptors");
  umask(022);
}

}  // namespace orc::launch
