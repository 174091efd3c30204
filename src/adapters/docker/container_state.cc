#include "adapters/docker/container_state.h"

#include "adapters/json/json_document.h"

namespace orc {
namespace {

std::optional<std::int64_t> number_at(JsonValue root, std::initializer_list<std::string_view> path) {
  std::optional<JsonValue> value = root;
  for (const std::string_view key : path) {
    value = value->find(key);
    if (!value) return {};
  }
  return value->as_int64();
}

}  // namespace

Result<ContainerState> read_container_state(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  const auto state = document ? document->root().find("State") : std::nullopt;
  const auto code = state ? state->find("ExitCode") : std::nullopt;
  const auto running = state ? state->find("Running") : std::nullopt;
  const auto memory = state ? state->find("OOMKilled") : std::nullopt;
  if (!code || !code->as_int64() || !running || !running->as_boolean())
    return fail(ErrorCode::unavailable, "Docker tells of a container in what is none of its answers");
  return ContainerState{.is_running = *running->as_boolean(),
                        .ran_out_of_memory = memory && memory->as_boolean().value_or(false),
                        .exit_code = static_cast<int>(*code->as_int64() & 0xFF)};
}

std::optional<Usage> read_container_usage(std::string_view line) {
  const auto document = JsonDocument::parse(line);
  if (!document) return {};
  const auto cpu = number_at(document->root(), {"cpu_stats", "cpu_usage", "total_usage"});
  if (!cpu || *cpu <= 0) return {};
  // cgroup v2 counts no maximum there: what is used now stands for it.
  auto peak = number_at(document->root(), {"memory_stats", "max_usage"});
  if (!peak || *peak == 0) peak = number_at(document->root(), {"memory_stats", "usage"});
  return Usage{.cpu = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(*cpu)),
               .peak_bytes = peak.value_or(0)};
}

}  // namespace orc
