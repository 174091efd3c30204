#include "adapters/sqlite/sqlite_plugin_store.h"

#include "domain/assert.h"

namespace orc::sqlite {

Async<Plugin> SqlitePluginStore::add(NewPlugin plugin) {
  return writer_.run([this, plugin = std::move(plugin)](Timestamp now) { return writes_.add(plugin, now); });
}

Async<Plugin> SqlitePluginStore::change(PluginId id, PluginChange change) {
  return writer_.run([this, id, change = std::move(change)](Timestamp now) { return writes_.change(id, change, now); });
}

Async<Plugin> SqlitePluginStore::make_current(PluginId id, PluginVersionId version) {
  return writer_.run([this, id, version](Timestamp) { return writes_.make_current(id, version); });
}

Async<void> SqlitePluginStore::erase(PluginId id) {
  return writer_.run([this, id](Timestamp) { return writes_.erase(id); });
}

Async<Plugin> SqlitePluginReader::by_name(std::string_view name) {
  co_return readers_.here([&](ReadSession& session) { return session.plugins.by_name(name); });
}

Async<Plugin> SqlitePluginReader::by_id(PluginId id) {
  co_return readers_.here([&](ReadSession& session) { return session.plugins.by_id(id); });
}

Async<PluginVersion> SqlitePluginReader::version(PluginVersionId id) {
  co_return readers_.here([&](ReadSession& session) { return session.plugins.version(id); });
}

Async<std::vector<PluginVersion>> SqlitePluginReader::versions(PluginId id) {
  return readers_.elsewhere([id](ReadSession& session) { return session.plugins.versions(id); });
}

Async<PluginPage> SqlitePluginReader::list(std::string_view name_part, Page page) {
  ORC_ASSERT(page.skip >= 0 && page.limit >= 0 && page.limit <= page_limit_max);
  return readers_.elsewhere(
      [part = std::string(name_part), page](ReadSession& session) -> Result<PluginPage> { return session.plugins.list(part, page); });
}

}  // namespace orc::sqlite
