#include "launch/confinement.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch/descriptor_text.h"
#include "launch/must.h"
#include "launch/process_family.h"
#include "launch/supervision.h"

namespace orc::launch {
namespace {

void join(const std::string& cgroup) {
  const int file = open(cgroup.c_str(), O_WRONLY | O_CLOEXEC);
  must(file >= 0, "cannot open " + cgroup);
  must(write(file, "0", 1) == 1, "cannot join " + cgroup);
  close(file);
}

// Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control".
int listen_to(const std::string& memory_cgroup) {
  const int events = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const int control = open((memory_cgroup + "/memory.oom_control").c_str(), O_RDONLY | O_CLOEXEC);
  const int registry = open((memory_cgroup + "/cgroup.event_control").c_str(), O_WRONLY | O_CLOEXEC);
  must(events >= 0 && control >= 0 && registry >= 0, "cannot listen to " + memory_cgroup);
  const std::string order = std::to_string(events) + " " + std::to_string(control);
  must(write(registry, order.data(), order.size()) == static_cast<ssize_t>(order.size()), "cannot listen to " + memory_cgroup);
  return events;
}

// All but what the program is given, where files are sent to, and `kept`, which exec closes.
void close_others(int kept) {
  const auto first = static_cast<unsigned>(collection_descriptor) + 1;
  const auto stays = kept < 0 ? first - 1 : static_cast<unsigned>(kept);
  must(stays <= first || close_range(first, stays - 1, 0) == 0, "cannot close descriptors");
  must(close_range(stays + 1, ~0U, 0) == 0, "cannot close descriptors");
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

// Inodes are bounded too: an empty file costs memory that no size counts.
void make_memory_folder(const MemoryFolder& order, const std::optional<uid_t>& owner) {
  std::string options = "mode=0755,nr_inodes=16384,size=" + std::to_string(order.bytes);
  if (owner) options += ",uid=" + std::to_string(*owner) + ",gid=" + std::to_string(*owner);
  must(mount("tmpfs", order.folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0, "cannot make a folder in memory");
}

// The folder itself, as a descriptor: nobody outside has a name for it.
void hand_out(const std::string& folder) {
  const int output = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  must(output >= 0, "cannot open the output folder");
  char nothing = 0;
  iovec content{.iov_base = &nothing, .iov_len = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof output)] = {};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof output);
  std::memcpy(CMSG_DATA(header), &output, sizeof output);
  must(sendmsg(hand_out_descriptor, &message, MSG_NOSIGNAL) == 1, "cannot hand out the output folder");
  close(output);
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

void become(uid_t id, std::optional<gid_t> group) {
  empty_bounding_set();
  must(setgroups(group ? 1 : 0, group ? &*group : nullptr) == 0, "cannot leave its groups");
  must(setresgid(id, id, id) == 0, "cannot take gid " + std::to_string(id));
  must(setresuid(id, id, id) == 0, "cannot take uid " + std::to_string(id));
}

// The kernel counts the threads of a uid wherever they run: whoever shares one may have so many more.
LimitOrder processes_beside(rlim_t more) {
  rlim_t threads = 0;
  for (const Relation& one : processes_now()) {
    struct stat status{};
    const std::string tasks = "/proc/" + std::to_string(one.process) + "/task";
    // A folder has a link for each one inside it, and two of its own.
    if (stat(tasks.c_str(), &status) == 0 && status.st_uid == geteuid()) threads += status.st_nlink - 2;
  }
  return {RLIMIT_NPROC, threads + more};
}

// When memory is short, the kernel takes the plugin before the service.
void be_first_to_go() {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  must(file >= 0 && write(file, "500", 3) == 3, "cannot offer itself to the out-of-memory killer");
  close(file);
}

// "NAME=value", each closed by a zero.
void take_environment() {
  must(clearenv() == 0, "cannot empty its environment");
  const std::string entries = read_all(arguments_descriptor);
  for (std::size_t start = 0, end = 0; (end = entries.find('\0', start)) != std::string::npos; start = end + 1) {
    const std::string entry = entries.substr(start, end - start);
    const std::size_t name_end = entry.find('=');
    must(name_end != std::string::npos && setenv(entry.substr(0, name_end).c_str(), entry.c_str() + name_end + 1, 1) == 0,
         "cannot take its environment");
  }
}

// A classic BPF program, as libseccomp writes it; an empty one: everything may be asked of the kernel.
void filter_system_calls() {
  const std::string program = read_all(filter_descriptor);
  if (program.empty()) return;
  std::vector<sock_filter> steps(program.size() / sizeof(sock_filter));
  std::memcpy(steps.data(), program.data(), steps.size() * sizeof(sock_filter));
  const sock_fprog filter{.len = static_cast<unsigned short>(steps.size()), .filter = steps.data()};
  must(prctl(PR_SET_SECCOMP, static_cast<unsigned long>(SECCOMP_MODE_FILTER), &filter, 0UL, 0UL) == 0, "cannot filter system calls");
}

void renounce_privileges(const LaunchOrders& orders, std::optional<gid_t> group) {
  if (orders.own_id) become(*orders.own_id, group);
  hold_no_capability();
  if (geteuid() == 0) throw std::runtime_error("it would run as root");
  must(prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0, "cannot renounce new privileges");
}

}  // namespace

void die_with(pid_t parent, int signal) {
  must(prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(signal), 0UL, 0UL, 0UL) == 0, "cannot tie itself to its parent");
  if (getppid() != parent) throw std::runtime_error("its parent has ended");
}

void confine(LaunchOrders& orders) {
  die_with(orders.parent);
  must(setsid() >= 0, "cannot lead a session");
  for (const std::string& cgroup : orders.cgroups) join(cgroup);
  if (!orders.memory_cgroup.empty()) orders.memory_events = listen_to(orders.memory_cgroup);
  make_mounts(orders.mounts);
  if (orders.scratch) make_memory_folder(*orders.scratch, orders.own_id);
  if (orders.output) make_memory_folder(*orders.output, orders.output->is_handed_out ? std::nullopt : orders.own_id);
  if (orders.output && orders.output->is_handed_out) hand_out(orders.output->folder);
  for (const LimitOrder& order : orders.limits) limit(order);
  renounce_privileges(orders, {});
  die_with(orders.parent);  // a change of uid forgets it
  close_others(orders.memory_events);
  umask(022);
}

void confine_supervisor(LaunchOrders& orders) {
  die_with(orders.parent, signal_to_kill);
  limit({RLIMIT_CORE, 0});
  must(setsid() >= 0, "cannot lead a session");
  for (const std::string& cgroup : orders.cgroups) join(cgroup);
  if (!orders.memory_cgroup.empty()) orders.memory_events = listen_to(orders.memory_cgroup);
  close_others(orders.memory_events);
  umask(022);
}

void confine_plugin(const LaunchOrders& orders, pid_t supervisor) {
  const DirectOrders& direct = *orders.direct;
  take_environment();
  be_first_to_go();
  const auto beside_others = direct.processes ? std::optional(processes_beside(*direct.processes)) : std::nullopt;
  for (const LimitOrder& order : orders.limits) limit(order);
  renounce_privileges(orders, direct.group);
  if (beside_others) limit(*beside_others);
  die_with(supervisor);
  must(chdir(direct.folder.c_str()) == 0, "cannot enter " + direct.folder);
  if (!direct.access.empty()) restrict_to(direct.access, direct.tcp);
  filter_system_calls();
}

}  // namespace orc::launch
