#include "adapters/worker_wire/assignment_json.h"

#include <charconv>
#include <map>
#include <utility>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"
#include "adapters/worker_wire/run_name_json.h"
#include "adapters/worker_wire/worker_protocol.h"

namespace orc {
namespace {

constexpr JsonLimits answer_limits{.bytes_max = std::size_t{64} << 20};

void write_limits(JsonWriter& json, const PluginLimits& limits) {
  json.key("limits").begin_object();
  json.member("timeout_seconds", limits.timeout.count());
  json.member("grace_seconds", limits.grace.count());
  json.member("memory_mb", limits.memory_mb);
  json.member("cpus", limits.cpus);
  json.member("pids", limits.pids);
  json.member("output_kb", limits.output_kb);
  json.member("scratch_mb", limits.scratch_mb);
  json.end_object();
}

// What is left at its default does not go over the wire: a worker that knows nothing of it runs the plugin as it is.
void write_warm(JsonWriter& json, const PluginSpec& spec) {
  if (spec.mode == PluginMode::once) return;
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

void write_version(JsonWriter& json, const PluginVersion& version) {
  const PluginSpec& spec = version.spec;
  json.begin_object();
  json.member("id", std::to_underlying(version.id));
  json.member("plugin_id", std::to_underlying(version.plugin));
  json.member("name", version.name);
  json.member("version", version.version);
  json.member("docker_image_url", spec.docker_image_url);
  json.key("command").begin_array();
  for (const std::string& argument : spec.command) json.value(argument);
  json.end_array();
  json.key("package");
  spec.package ? json.value(std::string(blob_prefix) + to_hex(*spec.package)) : json.value(nullptr);
  write_limits(json, spec.limits);
  json.key("env").begin_object();
  for (const auto& [name, value] : spec.env) json.member(name, value);
  json.end_object();
  write_warm(json, spec);
  if (spec.resources.memory_mb) json.member("memory_mb", *spec.resources.memory_mb);
  if (spec.network != NetworkAccess::none) json.member("network", to_word(spec.network));
  json.end_object();
}

void write_run(JsonWriter& json, const Assignment& run) {
  json.begin_object();
  write_run_name(json, run.run);
  json.member("attempt", run.attempt);
  if (run.owner) json.member("owner_id", std::to_underlying(*run.owner));
  json.member("timeout_seconds", run.timeout.count());
  json.member("version_id", std::to_underlying(run.version.id));
  if (run.input.blob)
    json.member("input_blob", std::string(blob_prefix) + to_hex(*run.input.blob));
  else
    json.member("input_text", run.input.text);
  json.end_object();
}

std::optional<ContentHash> read_hash(FieldReader& fields, std::string_view key) {
  const auto text = fields.optional_string(key, {});
  if (!text) return std::nullopt;
  auto hash = content_hash_from_hex(text->starts_with(blob_prefix) ? std::string_view(*text).substr(blob_prefix.size()) : *text);
  if (hash) return *hash;
  fields.add_fault(key, hash.error().message);
  return std::nullopt;
}

PluginLimits read_limits(JsonValue object) {
  PluginLimits limits;
  FieldReader fields(object, {});
  const auto seconds = [&](std::string_view key, std::chrono::seconds otherwise) {
    return std::chrono::seconds{fields.optional_integer(key, {}).value_or(otherwise.count())};
  };
  limits.timeout = seconds("timeout_seconds", limits.timeout);
  limits.grace = seconds("grace_seconds", limits.grace);
  limits.memory_mb = fields.optional_integer("memory_mb", {}).value_or(limits.memory_mb);
  limits.cpus = fields.optional_number("cpus", 0, 1024).value_or(limits.cpus);
  limits.pids = static_cast<int>(fields.optional_integer("pids", {.min = 1, .max = 32'768}).value_or(limits.pids));
  limits.output_kb = fields.optional_integer("output_kb", {}).value_or(limits.output_kb);
  limits.scratch_mb = fields.optional_integer("scratch_mb", {}).value_or(limits.scratch_mb);
  return limits;
}

WarmTerms read_warm(JsonValue object) {
  WarmTerms warm;
  FieldReader fields(object, {});
  const auto integer = [&](std::string_view key, std::int64_t max, std::int64_t otherwise) {
    return fields.optional_integer(key, {.min = 1, .max = max}).value_or(otherwise);
  };
  warm.processes_max = static_cast<int>(integer("processes_max", warm_processes_max, warm.processes_max));
  warm.in_flight = static_cast<int>(integer("in_flight", warm_in_flight_max, warm.in_flight));
  warm.start = std::chrono::seconds{integer("start_seconds", warm_start_max.count(), warm.start.count())};
  warm.idle = std::chrono::seconds{integer("idle_seconds", warm_idle_max.count(), warm.idle.count())};
  warm.requests_max = integer("requests_max", warm_requests_max, warm.requests_max);
  warm.share = warm_share_from_word(fields.optional_string("share", {}).value_or("")).value_or(warm.share);
  warm.files_out = fields.optional_boolean("files_out").value_or(warm.files_out);
  return warm;
}

std::string first_of(const std::vector<FieldFault>& faults) {
  const auto* const name = faults.front().loc.empty() ? nullptr : std::get_if<std::string>(&faults.front().loc.back());
  return (name ? *name : std::string("it")) + ": " + faults.front().msg;
}

Result<PluginVersion> read_version(JsonValue object) {
  FieldReader fields(object, {});
  PluginVersion version;
  version.id = PluginVersionId{fields.required_integer("id", {.min = 1})};
  version.plugin = PluginId{fields.optional_integer("plugin_id", {.min = 1}).value_or(0)};
  version.name = fields.required_string("name", {});
  version.version = fields.required_string("version", {});
  version.spec.docker_image_url = fields.optional_string("docker_image_url", {});
  version.spec.command = fields.optional_string_list("command", 100'000, {}).value_or(std::vector<std::string>{});
  version.spec.package = read_hash(fields, "package");
  if (const auto limits = fields.optional_object("limits")) version.spec.limits = read_limits(*limits);
  version.spec.mode = plugin_mode_from_word(fields.optional_string("mode", {}).value_or("")).value_or(PluginMode::once);
  if (const auto warm = fields.optional_object("warm")) version.spec.warm = read_warm(*warm);
  version.spec.resources.memory_mb = fields.optional_integer("memory_mb", {.min = 0, .max = placement_memory_mb_max});
  version.spec.network = network_access_from_word(fields.optional_string("network", {}).value_or("")).value_or(NetworkAccess::none);
  constexpr StringMapRule any_map{.entries_max = 100'000, .key_length_max = 1'000'000, .value_length_max = 10'000'000};
  if (auto env = fields.optional_string_map("env", any_map)) version.spec.env = std::move(*env);
  if (!fields.faults().empty())
    return fail(ErrorCode::internal, "a version in the answer to a claim is not good: " + first_of(fields.faults()));
  return version;
}

Result<Assignment> read_run(JsonValue object, const std::map<PluginVersionId, PluginVersion>& versions) {
  FieldReader fields(object, {});
  Assignment run;
  run.run = read_run_name(fields);
  run.attempt = static_cast<int>(fields.optional_integer("attempt", {.min = 1, .max = 1'000'000}).value_or(1));
  if (const auto owner = fields.optional_integer("owner_id", {.min = 1})) run.owner = UserId{*owner};
  run.timeout = std::chrono::seconds{fields.required_integer("timeout_seconds", {.min = 1, .max = 10'000'000})};
  const PluginVersionId id{fields.required_integer("version_id", {.min = 1})};
  run.input.blob = read_hash(fields, "input_blob");
  const auto text = object.find("input_text");
  if (text && text->is_string())
    run.input.text = text->string();
  else if (!run.input.blob)
    fields.add_fault("input_text", "neither input_text nor input_blob is there");
  if (!fields.faults().empty())
    return fail(ErrorCode::internal, "a run in the answer to a claim is not good: " + first_of(fields.faults()));
  const auto version = versions.find(id);
  if (version == versions.end())
    return fail(ErrorCode::internal,
                "a run in the answer to a claim names version " + std::to_string(std::to_underlying(id)) + ", which is not there");
  run.version = version->second;
  return run;
}

// A text, since not every JSON reader keeps 64 bits.
std::uint64_t read_service(JsonValue answer) {
  const auto member = answer.find("service");
  const std::string text = member ? member->as_string().value_or("") : "";
  std::uint64_t service = 1;
  std::from_chars(text.data(), text.data() + text.size(), service);
  return service;
}

}  // namespace

std::string assignments_text(std::span<const Assignment> runs) {
  std::string text;
  std::map<PluginVersionId, const PluginVersion*> versions;
  JsonWriter json(text);
  json.begin_object();
  if (!runs.empty()) json.member("service", std::to_string(runs.front().service));
  json.key("runs").begin_array();
  for (const Assignment& run : runs) {
    write_run(json, run);
    versions.emplace(run.version.id, &run.version);
  }
  json.end_array();
  json.key("versions").begin_array();
  for (const auto& [id, version] : versions) write_version(json, *version);
  json.end_array();
  json.end_object();
  return text;
}

Result<std::vector<Assignment>> read_assignments(std::string_view text) {
  const auto document = JsonDocument::parse(text, answer_limits);
  if (!document) return fail(ErrorCode::internal, "the answer to a claim is no JSON: " + document.error().message);
  const auto listed = document->root().find("runs");
  if (!listed) return fail(ErrorCode::internal, "the answer to a claim has no runs");
  std::map<PluginVersionId, PluginVersion> versions;
  if (const auto list = document->root().find("versions")) {
    for (const JsonValue element : list->elements()) {
      auto version = read_version(element);
      if (!version) return pass_on(version);
      versions.emplace(version->id, std::move(*version));
    }
  }
  const std::uint64_t service = read_service(document->root());
  std::vector<Assignment> runs;
  for (const JsonValue element : listed->elements()) {
    auto run = read_run(element, versions);
    if (!run) return pass_on(run);
    run->service = service;
    runs.push_back(std::move(*run));
  }
  return runs;
}

}  // namespace orc
