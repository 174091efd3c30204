#include "adapters/docker/seccomp_profile.h"

#include <cerrno>
#include <string_view>
#include <vector>

#include "adapters/json/json_writer.h"
#include "adapters/sandbox/system_calls.h"

namespace orc {
namespace {

#if defined(__aarch64__)
constexpr std::string_view architecture = "SCMP_ARCH_AARCH64";
#else
constexpr std::string_view architecture = "SCMP_ARCH_X86_64";
#endif

// An argument of a call of which the bits of `mask` must be `wanted`.
struct Condition {
  int argument;
  std::uint64_t mask;
  std::uint64_t wanted;
};

// All conditions hold, if there are any.
void write_rule(JsonWriter& json, std::string_view call, const std::vector<Condition>& conditions) {
  json.begin_object();
  json.key("names").begin_array();
  json.value(call);
  json.end_array();
  json.member("action", "SCMP_ACT_ALLOW");
  if (!conditions.empty()) json.key("args").begin_array();
  for (const Condition& condition : conditions) {
    json.begin_object();
    json.member("index", condition.argument);
    json.member("value", static_cast<std::int64_t>(condition.mask));
    json.member("valueTwo", static_cast<std::int64_t>(condition.wanted));
    json.member("op", "SCMP_CMP_MASKED_EQ");
    json.end_object();
  }
  if (!conditions.empty()) json.end_array();
  json.end_object();
}

Condition is_family(int family) { return {.argument = 0, .mask = int_bits, .wanted = static_cast<std::uint64_t>(family)}; }

// As allow_sockets() does it (sandbox/system_call_filter.cc).
void write_sockets(JsonWriter& json, NetworkAccess network) {
  if (network == NetworkAccess::none) {
    write_rule(json, "socketpair", {});
    for (const int family : socket_families) write_rule(json, "socket", {is_family(family)});
    return;
  }
  for (const int family : host_socket_families) write_rule(json, "socket", {is_family(family)});
  write_rule(json, "socket", {is_family(AF_NETLINK), {.argument = 2, .mask = int_bits, .wanted = netlink_route}});
  for (const int type : own_pair_types)
    write_rule(json, "socketpair", {{.argument = 1, .mask = socket_type_bits, .wanted = static_cast<std::uint64_t>(type)}});
}

// Its flags are in memory, which a filter cannot see: libc takes clone instead when told that there is none.
void write_refusal_of_clone3(JsonWriter& json) {
  json.begin_object();
  json.key("names").begin_array();
  json.value("clone3");
  json.end_array();
  json.member("action", "SCMP_ACT_ERRNO");
  json.member("errnoRet", ENOSYS);
  json.end_object();
}

}  // namespace

std::string docker_seccomp_profile(NetworkAccess network) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("defaultAction", "SCMP_ACT_ERRNO");
  json.key("architectures").begin_array();
  json.value(architecture);
  json.end_array();
  json.key("syscalls").begin_array();
  for (const char* call : allowed_system_calls)
    if (call != std::string_view("socketpair")) write_rule(json, call, {});
  write_rule(json, "clone", {{.argument = 0, .mask = namespace_flags, .wanted = 0}});
  write_sockets(json, network);
  for (const std::uint64_t wanted : personalities) write_rule(json, "personality", {{.argument = 0, .mask = int_bits, .wanted = wanted}});
  write_refusal_of_clone3(json);
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace orc
