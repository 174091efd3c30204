#include "adapters/docker/engine_facts.h"

#include "adapters/docker/engine_words.h"
#include "adapters/json/json_document.h"

namespace orc {
namespace {

bool says_true(JsonValue object, std::string_view key) {
  const auto value = object.find(key);
  return value && value->as_boolean().value_or(false);
}

std::string bounded_text_of(JsonValue object, std::string_view key) {
  const auto value = object.find(key);
  return bounded_words(value ? value->as_string().value_or("") : "");
}

bool has_security_option(JsonValue root, std::string_view name) {
  const auto options = root.find("SecurityOptions");
  if (!options) return false;
  for (const JsonValue option : options->elements())
    if (const auto text = option.as_string(); text && text->starts_with(name) && !text->contains("unconfined")) return true;
  return false;
}

// A limit that cannot be set is no limit: the run is refused, not made without it.
std::string missing_limits(JsonValue root) {
  std::string missing;
  for (const auto& [key, name] : {std::pair("MemoryLimit", "memory"), std::pair("PidsLimit", "pids"), std::pair("CpuCfsQuota", "cpus")})
    if (!says_true(root, key)) missing += (missing.empty() ? "" : ", ") + std::string(name);
  return missing;
}

}  // namespace

Async<EngineFacts> examine_engine(EngineClient& engine, std::chrono::milliseconds patience) {
  auto ping = co_await engine.ask({.target = "/_ping", .body = {}, .patience = patience});
  if (!ping) co_return pass_on(ping);
  auto version = agreed_api_version(ping->api_version);
  if (!version) co_return pass_on(version);
  engine.speak(*version);
  const auto told = co_await engine.ask({.target = "/info", .body = {}, .patience = patience});
  if (!told) co_return std::unexpected(told.error());
  const auto document = JsonDocument::parse(told->body);
  if (!document || !document->root().is_object())
    co_return fail(ErrorCode::unavailable, "Docker at " + engine.socket() + " tells of itself in what is no JSON object");
  const JsonValue root = document->root();
  EngineFacts facts{.version = bounded_text_of(root, "ServerVersion"), .api_version = *version, .problem = {}, .not_held = {}};
  if (const std::string system = bounded_text_of(root, "OSType"); !system.empty() && system != "linux")
    facts.problem = "Docker runs containers of " + system + ", and plugins are programs for Linux";
  if (const std::string missing = missing_limits(root); !missing.empty())
    facts.problem = "Docker says that it cannot limit " + missing + " here: give it cgroups with these controllers";
  if (!says_true(root, "SwapLimit")) facts.not_held = "runs may use swap beyond limits.memory_mb: its kernel does not count that";
  if (const auto cpus = root.find("NCPU")) facts.cpus = cpus->as_double().value_or(0);
  if (has_security_option(root, "name=seccomp")) facts.isolation = Isolation::strict;
  co_return facts;
}

}  // namespace orc
