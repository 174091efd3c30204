#include "adapters/package/unknown_fields.h"

#include <algorithm>
#include <array>

#include "adapters/json/json_document.h"

namespace orc {
namespace {

// Every field that the readers of this folder know (docs/plugins.md), and what describes a plugin to people and editors.
constexpr std::array known_fields{"$schema",
                                  "name",
                                  "version",
                                  "description",
                                  "docker_image_url",
                                  "docker_image",
                                  "command",
                                  "input_schema",
                                  "output_schema",
                                  "env",
                                  "network",
                                  "mode",
                                  "isolation",
                                  "worker_labels",
                                  "limits",
                                  "limits.timeout_seconds",
                                  "limits.grace_seconds",
                                  "limits.memory_mb",
                                  "limits.cpus",
                                  "limits.pids",
                                  "limits.output_kb",
                                  "limits.scratch_mb",
                                  "limits.queue_seconds",
                                  "retry",
                                  "retry.max_attempts",
                                  "retry.backoff_seconds",
                                  "warm",
                                  "warm.processes_max",
                                  "warm.in_flight",
                                  "warm.start_seconds",
                                  "warm.idle_seconds",
                                  "warm.requests_max",
                                  "warm.share",
                                  "warm.files_out",
                                  "resources",
                                  "resources.memory_mb",
                                  "resources.cpus",
                                  "resources.gpus",
                                  "resources.custom"};

// Of the whole ("") or of one object in it ("limits.").
std::vector<std::string> fields_of(std::string_view prefix) {
  std::vector<std::string> fields;
  for (const std::string_view field : known_fields)
    if (field.starts_with(prefix) && !field.substr(prefix.size()).contains('.')) fields.emplace_back(field);
  return fields;
}

void look_through(JsonValue object, const std::string& prefix, std::vector<UnknownField>& unknown) {
  const auto choices = fields_of(prefix);
  if (choices.empty() || !object.is_object()) return;  // its names are the author's own: env, worker_labels
  for (const auto& member : object.members()) {
    const std::string path = prefix + member.key.string();
    if (std::ranges::find(choices, path) == choices.end())
      unknown.push_back({.path = path, .choices = choices});
    else if (prefix.empty())
      look_through(member.value, path + ".", unknown);
  }
}

}  // namespace

std::vector<UnknownField> unknown_fields(std::string_view json) {
  std::vector<UnknownField> unknown;
  if (const auto document = JsonDocument::parse(json)) look_through(document->root(), "", unknown);
  return unknown;
}

}  // namespace orc
