#include "application/plugin/register_plugin.h"

namespace orc {
namespace {

Async<void> check_spec(const PluginSpec& spec, SchemaValidator& schemas) {
  if (auto good = check(spec); !good) co_return pass_on(good);
  for (const auto* schema : {&spec.input_schema, &spec.output_schema}) {
    if (!*schema) continue;
    auto good = co_await schemas.check_schema(**schema);
    if (!good)
      co_return fail(good.error().code,
                     std::string(schema == &spec.input_schema ? "input_schema" : "output_schema") + ": " + good.error().message);
  }
  co_return Result<void>{};
}

Result<void> check_words(const std::string& version, const std::string& description) {
  if (!is_plugin_version(version))
    return fail(ErrorCode::invalid_argument, "version must read x.y.z with numbers, not \"" + version.substr(0, 100) + "\"");
  if (description.size() > plugin_description_length_max) return fail(ErrorCode::invalid_argument, "description has more than 10000 bytes");
  return {};
}

AuditEntry entry_for(const Actor& actor, std::string action, const std::string& name) {
  return {.actor = actor.user(), .action = std::move(action), .subject = "plugin " + name, .from = actor.from};
}

}  // namespace

Async<Plugin> AddPlugin::run(Actor actor, NewPlugin plugin) {
  if (auto allowed = require_admin(actor); !allowed) co_return pass_on(allowed);
  if (!is_plugin_name(plugin.name)) co_return fail(ErrorCode::invalid_argument, "name must have 1 to 100 of a-z, 0-9 and -");
  if (auto good = check_words(plugin.version, plugin.description); !good) co_return pass_on(good);
  if (auto good = co_await check_spec(plugin.spec, schemas_); !good) co_return pass_on(good);

  auto added = co_await plugins_.add(std::move(plugin));
  if (!added && added.error().code == ErrorCode::conflict) co_return fail(ErrorCode::conflict, "Plugin with this name already exists");
  if (!added) co_return pass_on(added);
  if (auto noted = co_await audit_.append(entry_for(actor, "plugin.add", added->name)); !noted) co_return pass_on(noted);
  co_return added;
}

Async<Plugin> ChangePlugin::run(Actor actor, PluginId id, PluginChange change) {
  if (auto allowed = require_admin(actor); !allowed) co_return pass_on(allowed);
  if (auto good = check_words(change.version.value_or("0.0.0"), change.description.value_or("")); !good) co_return pass_on(good);
  if (change.spec)
    if (auto good = co_await check_spec(*change.spec, schemas_); !good) co_return pass_on(good);

  auto changed = co_await plugins_.change(id, std::move(change));
  if (!changed) co_return pass_on(changed);
  if (auto noted = co_await audit_.append(entry_for(actor, "plugin.change", changed->name)); !noted) co_return pass_on(noted);
  co_return changed;
}

Async<UploadedPlugin> UploadPackage::run(Actor actor, std::string name, std::string tar) {
  if (auto allowed = require_admin(actor); !allowed) co_return pass_on(allowed);
  auto described = co_await packages_.read(tar);
  if (!described) co_return pass_on(described);
  if (described->name != name)
    co_return fail(ErrorCode::invalid_argument,
                   "plugin.json names the plugin \"" + described->name + "\", but the path says \"" + name + "\"");

  // Durable before the row that names it.
  auto hash = co_await blobs_.put(std::move(tar));
  if (!hash) co_return pass_on(hash);
  described->spec.package = *hash;

  auto known = co_await reader_.by_name(name);
  if (!known && known.error().code != ErrorCode::not_found) co_return pass_on(known);
  using enum UploadedPlugin::Effect;
  if (!known) {
    auto plugin = co_await add_.run(std::move(actor), std::move(*described));
    if (!plugin) co_return pass_on(plugin);
    co_return UploadedPlugin{.plugin = std::move(*plugin), .effect = added};
  }
  PluginChange change{
      .version = std::move(described->version), .description = std::move(described->description), .spec = std::move(described->spec)};
  auto plugin = co_await change_.run(std::move(actor), known->id, std::move(change));
  if (!plugin) co_return pass_on(plugin);
  co_return UploadedPlugin{.plugin = std::move(*plugin), .effect = changed};
}

}  // namespace orc
