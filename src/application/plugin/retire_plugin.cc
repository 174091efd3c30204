#include "application/plugin/retire_plugin.h"

#include <algorithm>

namespace orc {
namespace {

constexpr std::size_t versions_named_max = 20;

std::string list_of(const std::vector<PluginVersion>& versions) {
  std::string text;
  for (std::size_t i = 0; i < versions.size() && i < versions_named_max; ++i)
    text += (i ? ", " : "") + versions[i].version + " (id " + std::to_string(std::to_underlying(versions[i].id)) + ")";
  if (versions.size() > versions_named_max) text += " and " + std::to_string(versions.size() - versions_named_max) + " older ones";
  return text;
}

using WantedVersion = std::variant<std::string, PluginVersionId>;

bool is_meant(const WantedVersion& wanted, const PluginVersion& version) {
  const auto* const id = std::get_if<PluginVersionId>(&wanted);
  return id != nullptr ? version.id == *id : version.version == std::get<std::string>(wanted);
}

std::string words_of(const WantedVersion& wanted) {
  const auto* const id = std::get_if<PluginVersionId>(&wanted);
  return id != nullptr ? "with the id " + std::to_string(std::to_underlying(*id)) : std::get<std::string>(wanted).substr(0, 100);
}

}  // namespace

Async<Plugin> RollBackPlugin::run(Actor actor, PluginId id, WantedVersion version) {
  if (auto allowed = require_admin(actor); !allowed) co_return pass_on(allowed);
  auto plugin = co_await reader_.by_id(id);
  if (!plugin) co_return pass_on(plugin);
  auto versions = co_await reader_.versions(id);
  if (!versions) co_return pass_on(versions);
  const auto wanted = std::ranges::find_if(*versions, [&](const auto& v) { return is_meant(version, v) && v.id != plugin->current.id; });
  if (wanted == versions->end() && is_meant(version, plugin->current)) co_return plugin;  // that is what is wanted
  if (wanted == versions->end())
    co_return fail(ErrorCode::not_found,
                   "no other version " + words_of(version) + " of " + plugin->name + "; there are: " + list_of(*versions));

  if (wanted->spec.network != NetworkAccess::none)
    if (auto allowed = require_known_admin(actor, "going back to network host of plugin " + plugin->name); !allowed)
      co_return pass_on(allowed);
  auto changed = co_await plugins_.make_current(id, wanted->id);
  if (!changed) co_return pass_on(changed);
  AuditEntry entry{.actor = actor.user(), .action = "plugin.rollback", .subject = "plugin " + plugin->name, .from = actor.from};
  if (auto noted = co_await audit_.append(std::move(entry)); !noted) co_return pass_on(noted);
  co_return changed;
}

Async<void> DeletePlugin::run(Actor actor, PluginId id) {
  if (auto allowed = require_admin(actor); !allowed) co_return pass_on(allowed);
  if (auto erased = co_await plugins_.erase(id); !erased) co_return erased;
  AuditEntry entry{
      .actor = actor.user(), .action = "plugin.delete", .subject = "plugin " + std::to_string(std::to_underlying(id)), .from = actor.from};
  auto noted = co_await audit_.append(std::move(entry));
  co_await orphans_.after_removal();  // last, as it may take all the time that is left
  co_return noted;
}

}  // namespace orc
