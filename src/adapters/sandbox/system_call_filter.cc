#include "adapters/sandbox/system_call_filter.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <memory>
#include <seccomp.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/socket.h>

#include "adapters/sandbox/system_calls.h"

namespace orc {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

// Refused where only a uid of its own keeps a plugin apart: what reaches others of its host, stays in memory when it has ended, or holds
// files where nobody can count them (launch/run_watch.h).
constexpr std::array refused_without_namespaces = {
    "accept",          "accept4",      "bind",      "connect", "listen", "memfd_create", "mq_getsetattr", "mq_notify", "mq_open",
    "mq_timedreceive", "mq_timedsend", "mq_unlink", "msgctl",  "msgget", "msgrcv",       "msgsnd",        "semctl",    "semget",
    "semop",           "semtimedop",   "sendmmsg",  "sendmsg", "shmat",  "shmctl",       "shmdt",         "shmget",
};

// Of those, what a network takes. Files that are on their way in the messages are the supervisor's to look for (launch/run_watch.h).
constexpr std::array calls_of_networks = {"accept", "accept4", "bind", "connect", "listen", "sendmmsg", "sendmsg"};

// Refused in addition where others have the same uid, and the files of packages that runs share are its own: to change a file's mode takes
// no more than to have it open for reading. Landlock holds none of these (Documentation/userspace-api/landlock.rst).
constexpr std::array refused_with_shared_uid = {
    "chmod",     "chown",     "fchmod",    "fchmodat",     "fchmodat2", "fchown",     "fchownat",          "fremovexattr",
    "fsetxattr", "futimesat", "lchown",    "lremovexattr", "lsetxattr", "pidfd_open", "pidfd_send_signal", "removexattr",
    "setxattr",  "utime",     "utimensat", "utimes",
};

// Likewise unless they are about the caller itself: the argument that says whom must be 0.
struct AboutWhom {
  const char* name;
  unsigned argument;
};
constexpr std::array only_about_itself = {
    AboutWhom{"ioprio_set", 1},     AboutWhom{"prlimit64", 0},          AboutWhom{"sched_setaffinity", 0}, AboutWhom{"sched_setattr", 0},
    AboutWhom{"sched_setparam", 0}, AboutWhom{"sched_setscheduler", 0}, AboutWhom{"setpriority", 1},
};

template <typename List>
bool holds(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

// What surrounds a plugin, and what it is given.
struct FilterKind {
  CallFilter kind;
  NetworkAccess network;

  bool has_own_network() const { return kind == CallFilter::in_namespaces && network == NetworkAccess::none; }
};

bool is_allowed(std::string_view name, const FilterKind& of) {
  const auto [kind, network] = of;
  if (name == "socketpair") return of.has_own_network();  // else it has rules of its own
  if (kind == CallFilter::in_namespaces) return true;
  if (name == "close_range") return false;  // likewise
  const bool is_of_network = network == NetworkAccess::host && holds(calls_of_networks, name);
  if (holds(refused_without_namespaces, name) && !is_of_network) return false;
  if (kind == CallFilter::own_uid) return true;
  return !holds(refused_with_shared_uid, name) && std::ranges::find(only_about_itself, name, &AboutWhom::name) == only_about_itself.end();
}

bool allow_calls(scmp_filter_ctx filter, const FilterKind& kind) {
  for (const char* name : allowed_system_calls) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || !is_allowed(name, kind)) continue;  // newer than this libseccomp: stays refused
    const int added = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 0, nullptr);
    if (added != 0 && added != -EDOM) return false;
  }
  return true;
}

// A call with an argument of which the bits of `mask` are `wanted`.
bool allow_if(scmp_filter_ctx filter, int number, unsigned argument, std::uint64_t mask, std::uint64_t wanted) {
  const scmp_arg_cmp condition{.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = wanted};
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &condition) == 0;
}

template <typename Families>
bool allow_families(scmp_filter_ctx filter, const Families& families) {
  bool added = true;
  for (const int family : families) added = allow_if(filter, SCMP_SYS(socket), 0, int_bits, static_cast<std::uint64_t>(family)) && added;
  return added;
}

bool allow_questions_about_routes(scmp_filter_ctx filter) {
  const std::array conditions = {
      scmp_arg_cmp{.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = int_bits, .datum_b = static_cast<std::uint64_t>(AF_NETLINK)},
      scmp_arg_cmp{.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = int_bits, .datum_b = netlink_route}};
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), conditions.size(), conditions.data()) == 0;
}

bool allow_sockets(scmp_filter_ctx filter, const FilterKind& kind) {
  if (kind.has_own_network()) return allow_families(filter, socket_families);
  bool added = true;
  if (kind.network == NetworkAccess::host) added = allow_families(filter, host_socket_families) && allow_questions_about_routes(filter);
  for (const int type : own_pair_types)
    added = allow_if(filter, SCMP_SYS(socketpair), 1, socket_type_bits, static_cast<std::uint64_t>(type)) && added;
  return added;
}

// A thread may have descriptors of its own only where nobody has to count what it holds.
bool allow_threads(scmp_filter_ctx filter, CallFilter kind) {
  if (kind == CallFilter::in_namespaces) return allow_if(filter, SCMP_SYS(clone), 0, namespace_flags, 0);
  constexpr std::uint64_t shared = CLONE_THREAD | CLONE_FILES;
  return allow_if(filter, SCMP_SYS(clone), 0, namespace_flags | CLONE_THREAD, 0) &&
         allow_if(filter, SCMP_SYS(clone), 0, namespace_flags | shared, shared) &&
         allow_if(filter, SCMP_SYS(close_range), 2, CLOSE_RANGE_UNSHARE, 0);
}

bool allow_conditionally(scmp_filter_ctx filter, const FilterKind& of) {
  const CallFilter kind = of.kind;
  bool added = allow_threads(filter, kind);
  added = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, nullptr) == 0 && added;
  added = allow_sockets(filter, of) && added;
  for (const std::uint64_t wanted : personalities) added = allow_if(filter, SCMP_SYS(personality), 0, int_bits, wanted) && added;
  if (kind != CallFilter::shared_uid) return added;
  for (const AboutWhom& call : only_about_itself)
    added = allow_if(filter, seccomp_syscall_resolve_name(call.name), call.argument, int_bits, 0) && added;
  // Of a file that is open already: so that what a program may write gets its time.
  const scmp_arg_cmp no_name{.arg = 1, .op = SCMP_CMP_EQ, .datum_a = 0, .datum_b = 0};
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(utimensat), 1, &no_name) == 0 && added;
}

std::unexpected<Error> no_filter(const std::string& what) {
  return fail(ErrorCode::internal, "cannot make the system call filter: " + what);
}

}  // namespace

Result<FileDescriptor> make_system_call_filter(CallFilter surroundings, NetworkAccess network) {
  const FilterKind kind{.kind = surroundings, .network = network};
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
  if (!filter) return no_filter("libseccomp gives none");
  // A tree instead of a list: the number of a call is found in about nine comparisons.
  if (seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0) return no_filter("libseccomp knows no optimisation");
  if (!allow_calls(filter.get(), kind) || !allow_conditionally(filter.get(), kind)) return no_filter("libseccomp refuses a rule");
  FileDescriptor file(memfd_create("orc-system-call-filter", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.is_open()) return no_filter(std::strerror(errno));
  if (seccomp_export_bpf(filter.get(), file.get()) != 0) return no_filter("libseccomp cannot write it");
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) return no_filter(std::strerror(errno));
  return file;
}

Result<FileDescriptor> make_open_filter() {
  FileDescriptor file(memfd_create("orc-no-filter", MFD_CLOEXEC));
  if (!file.is_open()) return no_filter(std::strerror(errno));
  return file;
}

}  // namespace orc
