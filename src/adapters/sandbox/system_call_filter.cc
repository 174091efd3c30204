#include "adapters/sandbox/system_call_filter.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>

#include "adapters/sandbox/system_calls.h"

namespace orc {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

constexpr std::uint64_t namespace_flags =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

// Families with a namespace of their own here: all others (vsock reaches the hypervisor, alg the kernel's ciphers) stay closed.
constexpr std::array socket_families = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

// What the kernel reads of an argument that is an int.
constexpr std::uint64_t int_bits = 0xffffffff;

// Linux, Linux with 32-bit addresses, and the question which it is (man 2 personality).
constexpr std::array<std::uint64_t, 3> personalities = {0x0, 0x8, 0xffffffff};

bool allow_calls(scmp_filter_ctx filter) {
  for (const char* name : allowed_system_calls) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) continue;  // newer than this libseccomp: stays refused
    const int added = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 0, nullptr);
    if (added != 0 && added != -EDOM) return false;
  }
  return true;
}

// A call with a first argument of which the bits of `mask` are `wanted`.
bool allow_if(scmp_filter_ctx filter, int number, std::uint64_t mask, std::uint64_t wanted) {
  const scmp_arg_cmp condition{.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = wanted};
  return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &condition) == 0;
}

bool allow_conditionally(scmp_filter_ctx filter) {
  bool added = allow_if(filter, SCMP_SYS(clone), namespace_flags, 0);
  added = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, nullptr) == 0 && added;
  for (const int family : socket_families)
    added = allow_if(filter, SCMP_SYS(socket), int_bits, static_cast<std::uint64_t>(family)) && added;
  for (const std::uint64_t kind : personalities) added = allow_if(filter, SCMP_SYS(personality), int_bits, kind) && added;
  return added;
}

std::unexpected<Error> no_filter(const std::string& what) {
  return fail(ErrorCode::internal, "cannot make the system call filter: " + what);
}

}  // namespace

Result<FileDescriptor> make_system_call_filter() {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
  if (!filter) return no_filter("libseccomp gives none");
  // A tree instead of a list: the number of a call is found in about nine comparisons.
  if (seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0) return no_filter("libseccomp knows no optimisation");
  if (!allow_calls(filter.get()) || !allow_conditionally(filter.get())) return no_filter("libseccomp refuses a rule");
  FileDescriptor file(memfd_create("orc-system-call-filter", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.is_open()) return no_filter(std::strerror(errno));
  if (seccomp_export_bpf(filter.get(), file.get()) != 0) return no_filter("libseccomp cannot write it");
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) return no_filter(std::strerror(errno));
  return file;
}

}  // namespace orc
