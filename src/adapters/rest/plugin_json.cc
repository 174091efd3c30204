#include "adapters/rest/plugin_json.h"

#include <utility>

#include "adapters/json/time_text.h"

namespace orc {
namespace {

void write_schema(JsonWriter& json, std::string_view name, const std::optional<std::string>& schema) {
  if (!schema) return json.member(name, nullptr);
  json.key(name).raw(*schema);
}

void write_contract_fields(JsonWriter& json, const PluginVersion& version) {
  json.member("version", version.version);
  json.key("description");
  if (version.description.empty()) {
    json.value(nullptr);
  } else {
    json.value(version.description);
  }
  json.member("docker_image_url", version.spec.docker_image_url);
  write_schema(json, "input_schema", version.spec.input_schema);
  write_schema(json, "output_schema", version.spec.output_schema);
}

void write_limits(JsonWriter& json, const PluginLimits& limits) {
  json.key("limits").begin_object();
  json.member("timeout_seconds", limits.timeout.count());
  json.member("grace_seconds", limits.grace.count());
  json.member("queue_seconds", limits.queue.transform([](std::chrono::seconds time) { return std::int64_t{time.count()}; }));
  json.member("memory_mb", limits.memory_mb);
  json.member("cpus", limits.cpus);
  json.member("pids", limits.pids);
  json.member("output_kb", limits.output_kb);
  json.member("scratch_mb", limits.scratch_mb);
  json.end_object();
}

void write_retry(JsonWriter& json, const RetryPolicy& retry) {
  json.key("retry").begin_object();
  json.member("max_attempts", retry.attempts_max);
  json.key("backoff_seconds").begin_array();
  for (const auto wait : retry.backoff) json.value(static_cast<double>(wait.count()) / 1000.0);
  json.end_array();
  json.end_object();
}

void write_mode(JsonWriter& json, const PluginSpec& spec) {
  json.member("mode", to_word(spec.mode));
  json.key("warm").begin_object();
  json.member("processes_max", spec.warm.processes_max);
  json.member("in_flight", spec.warm.in_flight);
  json.member("start_seconds", spec.warm.start.count());
  json.member("idle_seconds", spec.warm.idle.count());
  json.member("requests_max", spec.warm.requests_max);
  json.member("share", to_word(spec.warm.share));
  json.member("files_out", spec.warm.files_out);
  json.end_object();
}

void write_placement(JsonWriter& json, const PluginSpec& spec) {
  json.key("resources").begin_object();
  json.member("cpus", spec.resources.cpus);
  json.member("memory_mb", spec.resources.memory_mb);
  json.member("gpus", spec.resources.gpus);
  json.key("custom").begin_object();
  for (const auto& [name, amount] : spec.resources.custom) json.member(name, amount);
  json.end_object();
  json.end_object();
  json.key("isolation");
  spec.isolation ? json.value(to_word(*spec.isolation)) : json.value(nullptr);
  json.key("worker_labels").begin_object();
  for (const auto& [name, value] : spec.worker_labels) json.member(name, value);
  json.end_object();
}

void write_own_fields(JsonWriter& json, const PluginVersion& version) {
  const PluginSpec& spec = version.spec;
  json.member("version_id", std::to_underlying(version.id));
  json.key("command");
  if (spec.command.empty()) {
    json.value(nullptr);
  } else {
    json.begin_array();
    for (const std::string& argument : spec.command) json.value(argument);
    json.end_array();
  }
  json.key("package");
  if (spec.package) {
    json.value("sha256:" + to_hex(*spec.package));
  } else {
    json.value(nullptr);
  }
  write_limits(json, spec.limits);
  write_retry(json, spec.retry);
  write_mode(json, spec);
  write_placement(json, spec);
  json.member("network", to_word(spec.network));
}

}  // namespace

void write_plugin(JsonWriter& json, const Plugin& plugin) {
  json.begin_object();
  json.member("id", std::to_underlying(plugin.id));
  json.member("name", plugin.name);
  write_contract_fields(json, plugin.current);
  json.member("is_active", plugin.is_active);
  json.member("created_at", time_text(plugin.created_at));
  write_own_fields(json, plugin.current);
  json.end_object();
}

std::string plugin_text(const Plugin& plugin) {
  std::string text;
  JsonWriter json(text);
  write_plugin(json, plugin);
  return text;
}

void write_plugin_version(JsonWriter& json, const PluginVersion& version, PluginVersionId current) {
  json.begin_object();
  json.member("name", version.name);
  write_contract_fields(json, version);
  json.member("is_current", version.id == current);
  json.member("created_at", time_text(version.created_at));
  write_own_fields(json, version);
  json.end_object();
}

}  // namespace orc
