#include "tests/fakes/memory_plugin_store.h"

#include <algorithm>
#include <ranges>

#include "tests/fakes/page_of.h"

namespace orc {
namespace {

std::unexpected<Error> plugin_not_found() { return fail(ErrorCode::not_found, "Plugin not found"); }

bool changes_what_runs(const PluginVersion& current, const PluginChange& change) {
  return change.version.value_or(current.version) != current.version ||
         change.description.value_or(current.description) != current.description || change.spec.value_or(current.spec) != current.spec;
}

}  // namespace

PluginVersion MemoryPluginStore::add_version(PluginVersion version) {
  version.id = state_.next_id<PluginVersionId>();
  version.created_at = state_.clock.now();
  state_.versions[version.id] = version;
  return version;
}

Async<Plugin> MemoryPluginStore::add(NewPlugin plugin) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  const bool taken = std::ranges::any_of(state_.plugins, [&](const auto& known) { return known.second.name == plugin.name; });
  if (taken) co_return fail(ErrorCode::conflict, "a plugin " + plugin.name + " exists");
  Plugin made{.id = state_.next_id<PluginId>(), .name = plugin.name, .created_at = state_.clock.now()};
  made.current = add_version({.plugin = made.id,
                              .name = plugin.name,
                              .version = std::move(plugin.version),
                              .description = std::move(plugin.description),
                              .spec = std::move(plugin.spec)});
  state_.plugins[made.id] = made;
  co_return made;
}

Async<Plugin> MemoryPluginStore::change(PluginId id, PluginChange change) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.plugins.find(id);
  if (found == state_.plugins.end()) co_return plugin_not_found();
  Plugin& plugin = found->second;
  if (change.based_on && *change.based_on != plugin.current.id)
    co_return fail(ErrorCode::conflict, "plugin " + plugin.name + " was changed");
  plugin.is_active = change.is_active.value_or(plugin.is_active);
  if (changes_what_runs(plugin.current, change)) {
    PluginVersion next = plugin.current;
    if (change.version) next.version = std::move(*change.version);
    if (change.description) next.description = std::move(*change.description);
    if (change.spec) next.spec = std::move(*change.spec);
    plugin.current = add_version(std::move(next));
  }
  co_return plugin;
}

Async<Plugin> MemoryPluginStore::make_current(PluginId id, PluginVersionId version) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  const auto plugin = state_.plugins.find(id);
  const auto wanted = state_.versions.find(version);
  if (plugin == state_.plugins.end() || wanted == state_.versions.end() || wanted->second.plugin != id) co_return plugin_not_found();
  plugin->second.current = wanted->second;
  co_return plugin->second;
}

Async<void> MemoryPluginStore::erase(PluginId id) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  if (state_.plugins.erase(id) == 0) co_return plugin_not_found();
  co_return Result<void>{};
}

Async<Plugin> MemoryPluginReader::by_name(std::string_view name) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  for (const auto& [id, plugin] : state_.plugins)
    if (plugin.name == name) co_return plugin;
  co_return plugin_not_found();
}

Async<Plugin> MemoryPluginReader::by_id(PluginId id) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.plugins.find(id);
  if (found == state_.plugins.end()) co_return plugin_not_found();
  co_return found->second;
}

Async<PluginVersion> MemoryPluginReader::version(PluginVersionId id) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.versions.find(id);
  if (found == state_.versions.end()) co_return fail(ErrorCode::not_found, "Plugin version not found");
  co_return found->second;
}

Async<std::vector<PluginVersion>> MemoryPluginReader::versions(PluginId id) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  if (!state_.plugins.contains(id)) co_return plugin_not_found();
  std::vector<PluginVersion> newest_first;
  for (const auto& [version_id, version] : std::views::reverse(state_.versions))
    if (version.plugin == id) newest_first.push_back(version);
  co_return newest_first;
}

Async<PluginPage> MemoryPluginReader::list(std::string_view name_part, Page page) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<Plugin> matching;
  for (const auto& [id, plugin] : state_.plugins)
    if (plugin.name.contains(name_part)) matching.push_back(plugin);
  co_return PluginPage{.total = std::ssize(matching), .items = page_of(matching, page)};
}

}  // namespace orc
