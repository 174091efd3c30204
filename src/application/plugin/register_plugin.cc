#include "application/plugin/register_plugin.h"

namespace orc {
namespace {

AuditEntry entry_for(const Actor& actor, std::string action, const std::string& name) {
  return {.actor = actor.user(), .action = std::move(action), .subject = "plugin " + name, .from = actor.from};
}

// The host's network is an administrator's to permit, whoever may write otherwise (docs/decisions/host_network.md).
Result<void> may_register(const Actor& actor, const PluginSpec& spec, const std::string& name) {
  if (spec.network == NetworkAccess::none) return require_admin(actor);
  return require_known_admin(actor, "network " + std::string(to_word(spec.network)) + " of plugin " + name);
}

}  // namespace

boost::asio::awaitable<PluginResult<Plugin>> AddPlugin::run(Actor actor, Draft<NewPlugin> plugin) {
  if (auto allowed = may_register(actor, plugin.content.spec, plugin.content.name); !allowed) co_return refuse(allowed.error());
  if (auto good = co_await judge(plugin, schemas_); !good) co_return std::unexpected(std::move(good.error()));

  auto added = co_await plugins_.add(std::move(plugin.content));
  if (!added && added.error().code == ErrorCode::conflict) co_return refuse({ErrorCode::conflict, "Plugin with this name already exists"});
  if (!added) co_return refuse(added.error());
  if (auto noted = co_await audit_.append(entry_for(actor, "plugin.add", added->name)); !noted) co_return refuse(noted.error());
  co_return std::move(*added);
}

boost::asio::awaitable<PluginResult<Plugin>> ChangePlugin::run(Actor actor, PluginId id, Draft<PluginChange> change) {
  // A change without a spec keeps the one that was permitted.
  const PluginSpec spec = change.content.spec.value_or(PluginSpec{});
  if (auto allowed = may_register(actor, spec, std::to_string(std::to_underlying(id))); !allowed) co_return refuse(allowed.error());
  if (auto good = co_await judge(change, schemas_); !good) co_return std::unexpected(std::move(good.error()));

  auto changed = co_await plugins_.change(id, std::move(change.content));
  if (!changed) co_return refuse(changed.error());
  if (auto noted = co_await audit_.append(entry_for(actor, "plugin.change", changed->name)); !noted) co_return refuse(noted.error());
  co_return std::move(*changed);
}

boost::asio::awaitable<PluginResult<UploadedPlugin>> UploadPackage::run(Actor actor, std::string name, std::string tar) {
  if (auto allowed = require_admin(actor); !allowed) co_return refuse(allowed.error());
  auto described = co_await packages_.read(tar);
  if (!described) co_return refuse(described.error());
  NewPlugin& plugin = described->content;
  if (auto allowed = may_register(actor, plugin.spec, name); !allowed) co_return refuse(allowed.error());
  FaultList faults(std::move(described->faults));
  if (plugin.name != name) faults.add({"name"}, "the plugin is \"" + plugin.name + "\", but the upload is for \"" + name + "\"");
  described->faults = std::move(faults).take();
  // Before the folder is kept, so that nothing of a bad one is.
  if (auto good = co_await judge(*described, schemas_); !good) co_return std::unexpected(std::move(good.error()));

  // Durable before the row that names it.
  auto hash = co_await blobs_.put(std::move(tar));
  if (!hash) co_return refuse(hash.error());
  plugin.spec.package = *hash;

  auto known = co_await reader_.by_name(name);
  if (!known && known.error().code != ErrorCode::not_found) co_return refuse(known.error());
  using enum UploadedPlugin::Effect;
  if (!known) {
    auto made = co_await add_.run(std::move(actor), std::move(*described));
    if (!made) co_return std::unexpected(std::move(made.error()));
    co_return UploadedPlugin{.plugin = std::move(*made), .effect = added};
  }
  PluginChange change{.version = std::move(plugin.version),
                      .description = std::move(plugin.description),
                      .spec = std::move(plugin.spec),
                      .is_active = {},
                      .based_on = {}};  // a folder says all that a version is: nothing of the current one can be lost
  auto made = co_await change_.run(std::move(actor), known->id, {.content = std::move(change), .faults = {}});
  if (!made) co_return std::unexpected(std::move(made.error()));
  co_return UploadedPlugin{.plugin = std::move(*made), .effect = changed};
}

}  // namespace orc
