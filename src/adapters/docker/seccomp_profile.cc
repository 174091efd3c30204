#include "adapters/docker/seccomp_profile.h"

#include <cerrno>
#include <optional>
#include <string_view>

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

void write_rule(JsonWriter& json, std::string_view call, std::optional<Condition> condition) {
  json.begin_object();
  json.key("names").begin_array();
  json.value(call);
  json.end_array();
  json.member("action", "SCMP_ACT_ALLOW");
  if (condition) {
    json.key("args").begin_array();
    json.begin_object();
    json.member("index", condition->argument);
    json.member("value", static_cast<std::int64_t>(condition->mask));
    json.member("valueTwo", static_cast<std::int64_t>(condition->wanted));
    json.member("op", "SCMP_CMP_MASKED_EQ");
    json.end_object();
    json.end_array();
  }
  json.end_object();
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

std::string docker_seccomp_profile() {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("defaultAction", "SCMP_ACT_ERRNO");
  json.key("architectures").begin_array();
  json.value(architecture);
  json.end_array();
  json.key("syscalls").begin_array();
  for (const char* call : allowed_system_calls) write_rule(json, call, {});
  write_rule(json, "clone", Condition{.argument = 0, .mask = namespace_flags, .wanted = 0});
  for (const int family : socket_families)
    write_rule(json, "socket", Condition{.argument = 0, .mask = int_bits, .wanted = static_cast<std::uint64_t>(family)});
  for (const std::uint64_t wanted : personalities)
    write_rule(json, "personality", Condition{.argument = 0, .mask = int_bits, .wanted = wanted});
  write_refusal_of_clone3(json);
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace orc
