#include "adapters/package/plugin_manifest.h"

#include <utility>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/package/plugin_limits_reader.h"
#include "adapters/package/plugin_mode_reader.h"
#include "adapters/package/plugin_placement_reader.h"

namespace orc {
namespace {

constexpr std::string_view image_name = "docker_image_url";
constexpr std::string_view older_image_name = "docker_image";
constexpr StringRule name_rule{.pattern = StringPattern{"^[a-z0-9-]{1,100}$", is_plugin_name}};
constexpr StringRule version_rule{.pattern = StringPattern{"^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)$", is_plugin_version}};
constexpr StringRule description_rule{.length_max = plugin_description_length_max};
constexpr StringRule argument_rule{.length_max = 4096};
constexpr StringMapRule environment_rule{.entries_max = plugin_environment_entries_max, .key_length_max = 100, .value_length_max = 32'768};

void read_schema(FieldReader& body, std::string_view key, std::optional<std::string>& schema) {
  if (body.is_null(key)) schema.reset();
  const auto value = body.optional_value(key);
  if (!value) return;
  if (!value->is_object() && !value->is_boolean()) return body.add_fault(key, "a JSON Schema is an object, true or false");
  if (value->raw().size() > plugin_schema_bytes_max) return body.add_fault(key, "a schema has at most 256 KiB");
  schema = std::string(value->raw());
}

// The image, under its name or the older one.
std::optional<std::string> read_image(FieldReader& body) {
  auto image = body.optional_string(image_name, {});
  auto older = body.optional_string(older_image_name, {});
  if (image && older && *image != *older)
    body.add_fault(older_image_name, "is the older name of docker_image_url, which says something else; send one of them");
  return image ? std::move(image) : std::move(older);
}

// Null takes away what runs, and nothing comes in its place.
void refuse_to_take_away(FieldReader& body, const PluginSpec& current) {
  constexpr auto sentence = "a plugin needs an image or a package: to take this one away, send docker_image_url or command in its place";
  for (const auto name : {image_name, older_image_name})
    if (current.docker_image_url && body.is_null(name)) return body.add_fault(name, sentence);
  if (!current.command.empty() && body.is_null("command")) body.add_fault("command", sentence);
}

// The image or the command; whichever comes takes the other's place. If both come, both stand, for the domain to refuse.
void read_program(FieldReader& body, PluginSpec& spec) {
  const auto comes = [&](std::string_view name) { return body.optional_value(name).has_value(); };
  if (!comes(image_name) && !comes(older_image_name) && !comes("command")) return refuse_to_take_away(body, spec);
  auto image = read_image(body);
  auto command = body.optional_string_list("command", 100, argument_rule);
  if (!image && !command) return;
  if (!command) spec.package.reset();
  spec.docker_image_url = std::move(image);
  spec.command = std::move(command).value_or(std::vector<std::string>());
}

// Takes what can be read also of an object with faults, so that the rest of it is judged.
void read_environment(FieldReader& body, PluginSpec& spec) {
  if (auto entries = body.optional_string_map("env", environment_rule)) {
    spec.env = std::move(*entries);
    return;
  }
  const auto object = body.optional_value("env");
  if (!object || !object->is_object() || object->size() > environment_rule.entries_max) return;
  spec.env.clear();
  for (const auto& member : object->members())
    if (member.value.is_string()) spec.env.emplace(member.key.string(), member.value.string());
}

void read_network(FieldReader& body, PluginSpec& spec) {
  if (body.is_null("network")) spec.network = NetworkAccess::none;
  const auto word = body.optional_string("network", {});
  if (!word) return;
  const auto network = network_access_from_word(*word);
  if (!network) return body.add_fault("network", "Input should be 'none' or 'host'");
  spec.network = *network;
}

// Everything but name, version and description, over what `spec` holds.
void read_spec(FieldReader& body, PluginSpec& spec, std::vector<FieldFault>& inner_faults) {
  read_program(body, spec);
  read_schema(body, "input_schema", spec.input_schema);
  read_schema(body, "output_schema", spec.output_schema);
  read_plugin_limits(body, spec.limits, inner_faults);
  read_retry_policy(body, spec.retry, inner_faults);
  read_environment(body, spec);
  read_plugin_mode(body, spec, inner_faults);
  read_plugin_placement(body, spec, inner_faults);
  read_network(body, spec);
}

// What was read of `body`, with its faults and those of the objects in it.
template <typename T>
Draft<T> draft_of(T content, FieldReader& body, std::vector<FieldFault> inner_faults) {
  Draft<T> draft{.content = std::move(content), .faults = body.take_faults()};
  for (auto& fault : inner_faults) draft.faults.push_back(std::move(fault));
  if (body.optional_value(image_name) || !body.optional_value(older_image_name)) return draft;
  draft.sent_as = {{std::string(image_name), std::string(older_image_name)}};
  for (auto& fault : draft.faults)
    if (fault.loc == FieldPlace{std::string(older_image_name)}) fault.loc = {std::string(image_name)};
  return draft;
}

std::vector<FieldFault> malformed(const Error& error) {
  FieldFault fault = malformed_json_fault(error);
  fault.loc.clear();
  return {std::move(fault)};
}

}  // namespace

Draft<NewPlugin> read_new_plugin(std::string_view json) {
  const auto document = JsonDocument::parse(json);
  if (!document) return {.content = {}, .faults = malformed(document.error())};
  FieldReader body(document->root(), {});
  std::vector<FieldFault> inner_faults;
  NewPlugin plugin;
  plugin.name = body.required_string("name", name_rule);
  plugin.version = body.required_string("version", version_rule);
  plugin.description = body.optional_string("description", description_rule).value_or("");
  read_spec(body, plugin.spec, inner_faults);
  return draft_of(std::move(plugin), body, std::move(inner_faults));
}

Draft<PluginChange> read_plugin_change(std::string_view json, const PluginSpec& current) {
  const auto document = JsonDocument::parse(json);
  if (!document) return {.content = {}, .faults = malformed(document.error())};
  FieldReader body(document->root(), {});
  std::vector<FieldFault> inner_faults;
  PluginChange change;
  change.version = body.optional_string("version", version_rule);
  change.description = body.optional_string("description", description_rule);
  if (body.is_null("description")) change.description = "";
  change.is_active = body.optional_boolean("is_active");
  PluginSpec spec = current;
  read_spec(body, spec, inner_faults);
  if (spec != current) change.spec = std::move(spec);
  return draft_of(std::move(change), body, std::move(inner_faults));
}

}  // namespace orc
