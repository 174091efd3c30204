#include "adapters/package/plugin_manifest.h"

#include <utility>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/package/plugin_limits_reader.h"

namespace orc {
namespace {

constexpr StringRule name_rule{.pattern = StringPattern{"^[a-z0-9-]{1,100}$", is_plugin_name}};
constexpr StringRule version_rule{.pattern = StringPattern{"^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)$", is_plugin_version}};
constexpr StringRule description_rule{.length_max = plugin_description_length_max};
constexpr StringRule argument_rule{.length_max = 4096};

void read_schema(FieldReader& body, std::string_view key, std::optional<std::string>& schema) {
  if (body.is_null(key)) schema.reset();
  const auto value = body.optional_value(key);
  if (!value) return;
  if (!value->is_object() && !value->is_boolean()) return body.add_fault(key, "a JSON Schema is an object, true or false");
  if (value->raw().size() > plugin_schema_bytes_max) return body.add_fault(key, "a schema has at most 256 KiB");
  schema = std::string(value->raw());
}

// The image or the command; whichever comes replaces the other.
void read_program(FieldReader& body, PluginSpec& spec) {
  auto image = body.optional_string("docker_image_url", {});
  if (!image) image = body.optional_string("docker_image", {});
  auto command = body.optional_string_list("command", 100, argument_rule);
  if (image && command) return body.add_fault("command", "a plugin has either docker_image_url or command, not both");
  if (image) {
    spec.docker_image_url = std::move(image);
    spec.command.clear();
    spec.package.reset();
  }
  if (command) {
    spec.command = std::move(*command);
    spec.docker_image_url.reset();
  }
}

// Rules that the domain knows: asked field by field, so that a fault has its place.
void check_program(FieldReader& body, const PluginSpec& spec) {
  const bool is_image = spec.docker_image_url.has_value();
  const PluginSpec only_program{.docker_image_url = spec.docker_image_url, .command = spec.command};
  if (const auto good = check(only_program); !good)
    body.add_fault(is_image || spec.command.empty() ? "docker_image_url" : "command", good.error().message);
}

void check_environment(FieldReader& body, const PluginSpec& spec) {
  const PluginSpec only_environment{.command = {"x"}, .env = spec.env};
  if (const auto good = check(only_environment); !good) body.add_fault("env", good.error().message);
}

void refuse_what_is_not_built(FieldReader& body) {
  const auto mode = body.optional_string("mode", {});
  if (mode == "warm") body.add_fault("mode", "mode warm is not supported yet by this release; leave it out, or say once");
  if (mode && mode != "warm" && mode != "once") body.add_fault("mode", "Input should be 'once' or 'warm'");
  const auto network = body.optional_string("network", {});
  if (network == "host") body.add_fault("network", "network host is not supported yet by this release; leave it out, or say none");
  if (network && network != "host" && network != "none") body.add_fault("network", "Input should be 'none' or 'host'");
  const auto resources = body.optional_object("resources");
  if (!resources) return;
  const auto gpus = resources->find("gpus");
  const auto custom = resources->find("custom");
  if ((gpus && gpus->as_double().value_or(0) != 0) || (custom && custom->size() > 0))
    body.add_fault("resources", "gpus and custom resources are not supported yet by this release; leave them out");
}

// Everything but name, version and description, over what `spec` holds.
void read_spec(FieldReader& body, const FieldPlace& place, PluginSpec& spec, std::vector<FieldFault>& inner_faults) {
  read_program(body, spec);
  read_schema(body, "input_schema", spec.input_schema);
  read_schema(body, "output_schema", spec.output_schema);
  read_plugin_limits(body, place, spec.limits, inner_faults);
  read_retry_policy(body, place, spec.retry, inner_faults);
  if (auto env = body.optional_string_map("env", {.entries_max = 100, .key_length_max = 100, .value_length_max = 32'768}))
    spec.env = std::move(*env);
  refuse_what_is_not_built(body);
  if (!body.faults().empty()) return;
  check_program(body, spec);
  check_environment(body, spec);
}

std::vector<FieldFault> joined(std::vector<FieldFault> faults, std::vector<FieldFault> more) {
  for (auto& fault : more) faults.push_back(std::move(fault));
  return faults;
}

std::string place_text(const FieldPlace& place) {
  std::string text;
  for (const auto& step : place) {
    if (!text.empty()) text += '.';
    if (const auto* name = std::get_if<std::string>(&step)) {
      text += *name;
    } else {
      text += std::to_string(std::get<std::int64_t>(step));
    }
  }
  return text;
}

}  // namespace

ManifestResult<NewPlugin> read_new_plugin(JsonValue object, const FieldPlace& place) {
  FieldReader body(object, place);
  NewPlugin plugin;
  plugin.name = body.required_string("name", name_rule);
  plugin.version = body.required_string("version", version_rule);
  plugin.description = body.optional_string("description", description_rule).value_or("");
  std::vector<FieldFault> inner_faults;
  read_spec(body, place, plugin.spec, inner_faults);
  auto faults = joined(body.take_faults(), std::move(inner_faults));
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return plugin;
}

ManifestResult<PluginChange> read_plugin_change(JsonValue object, const FieldPlace& place, const PluginSpec& current) {
  FieldReader body(object, place);
  PluginChange change;
  change.version = body.optional_string("version", version_rule);
  change.description = body.optional_string("description", description_rule);
  if (body.is_null("description")) change.description = "";
  change.is_active = body.optional_boolean("is_active");
  PluginSpec spec = current;
  std::vector<FieldFault> inner_faults;
  read_spec(body, place, spec, inner_faults);
  auto faults = joined(body.take_faults(), std::move(inner_faults));
  if (!faults.empty()) return std::unexpected(std::move(faults));
  if (spec != current) change.spec = std::move(spec);
  return change;
}

Result<NewPlugin> parse_plugin_manifest(std::string_view json) {
  const auto document = JsonDocument::parse(json, {.bytes_max = 1024 * 1024});
  if (!document) return fail(ErrorCode::invalid_argument, "plugin.json: " + document.error().message);
  auto plugin = read_new_plugin(document->root(), {});
  if (plugin) return std::move(*plugin);
  std::string words = "plugin.json";
  std::string_view before = ": ";
  for (const auto& fault : plugin.error()) {
    words.append(before).append(place_text(fault.loc)).append(fault.loc.empty() ? "" : ": ").append(fault.msg);
    before = "; ";
  }
  return fail(ErrorCode::invalid_argument, std::move(words));
}

}  // namespace orc
