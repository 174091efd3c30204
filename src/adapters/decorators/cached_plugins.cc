#include "adapters/decorators/cached_plugins.h"

namespace orc {
namespace {

// Held while plugins change: all but their versions, which are immutable.
struct ChangingPlugins {
  explicit ChangingPlugins(PluginCache& cache) : by_name(cache.by_name), by_id(cache.by_id) {}
  decltype(PluginCache::by_name)::Change by_name;
  decltype(PluginCache::by_id)::Change by_id;
};

using ChangingVersions = decltype(PluginCache::versions)::Change;

// About; what varies much is counted.
std::size_t bytes_of(const PluginVersion& version) {
  std::size_t bytes = 1024 + version.description.size();
  for (const auto* schema : {&version.spec.input_schema, &version.spec.output_schema}) bytes += *schema ? (*schema)->size() : 0;
  for (const std::string& argument : version.spec.command) bytes += argument.size();
  for (const auto& [name, value] : version.spec.env) bytes += name.size() + value.size();
  return bytes;
}

}  // namespace

Async<Plugin> CachedPluginReader::by_name(std::string_view name) {
  if (auto known = cache_.by_name.find(name)) co_return std::move(*known);
  const auto before = cache_.by_name.ticket();
  auto plugin = co_await reader_.by_name(name);
  if (plugin) cache_.by_name.put(plugin->name, *plugin, bytes_of(plugin->current), before);
  co_return plugin;
}

Async<Plugin> CachedPluginReader::by_id(PluginId id) {
  if (auto known = cache_.by_id.find(id)) co_return std::move(*known);
  const auto before = cache_.by_id.ticket();
  auto plugin = co_await reader_.by_id(id);
  if (plugin) cache_.by_id.put(id, *plugin, bytes_of(plugin->current), before);
  co_return plugin;
}

Async<PluginVersion> CachedPluginReader::version(PluginVersionId id) {
  if (auto known = cache_.versions.find(id)) co_return std::move(*known);
  const auto before = cache_.versions.ticket();
  auto version = co_await reader_.version(id);
  if (version) cache_.versions.put(id, *version, bytes_of(*version), before);
  co_return version;
}

// Only removing a plugin can take a version away.
Async<Plugin> CachedPluginStore::add(NewPlugin plugin) {
  const ChangingPlugins changing(cache_);
  co_return co_await store_.add(std::move(plugin));
}

Async<Plugin> CachedPluginStore::change(PluginId id, PluginChange change) {
  const ChangingPlugins changing(cache_);
  co_return co_await store_.change(id, std::move(change));
}

Async<Plugin> CachedPluginStore::make_current(PluginId id, PluginVersionId version) {
  const ChangingPlugins changing(cache_);
  co_return co_await store_.make_current(id, version);
}

Async<void> CachedPluginStore::erase(PluginId id) {
  const ChangingPlugins changing(cache_);
  const ChangingVersions changing_versions(cache_.versions);
  co_return co_await store_.erase(id);
}

}  // namespace orc
