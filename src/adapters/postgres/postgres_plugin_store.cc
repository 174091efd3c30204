#include "adapters/postgres/postgres_plugin_store.h"

#include "adapters/postgres/plugin_queries.h"
#include "adapters/postgres/plugin_writes.h"
#include "domain/assert.h"

namespace orc::postgres {

Async<Plugin> PostgresPluginStore::add(NewPlugin plugin) {
  return writer_.run(
      [plugin = std::move(plugin)](Transaction& transaction, Timestamp now) { return add_plugin(transaction, plugin, now); });
}

Async<Plugin> PostgresPluginStore::change(PluginId id, PluginChange change) {
  return writer_.run(
      [id, change = std::move(change)](Transaction& transaction, Timestamp now) { return change_plugin(transaction, id, change, now); });
}

Async<Plugin> PostgresPluginStore::make_current(PluginId id, PluginVersionId version) {
  return writer_.run([id, version](Transaction& transaction, Timestamp) { return postgres::make_current(transaction, id, version); });
}

Async<void> PostgresPluginStore::erase(PluginId id) {
  return writer_.run([id](Transaction& transaction, Timestamp) { return erase_plugin(transaction, id); });
}

Async<Plugin> PostgresPluginReader::by_name(std::string_view name) {
  return readers_.run([name = std::string(name)](Reading& reading) { return plugin_in(reading.ask("plugin_by_name", name)); });
}

Async<Plugin> PostgresPluginReader::by_id(PluginId id) {
  return readers_.run([id](Reading& reading) { return plugin_in(reading.ask("plugin_by_id", id)); });
}

Async<PluginVersion> PostgresPluginReader::version(PluginVersionId id) {
  return readers_.run([id](Reading& reading) { return version_in(reading.ask("version_by_id", id)); });
}

Async<std::vector<PluginVersion>> PostgresPluginReader::versions(PluginId id) {
  return readers_.run([id](Reading& reading) {
    return reading.at_one_moment([id](Reading& moment) -> Result<std::vector<PluginVersion>> {
      if (auto plugin = plugin_in(moment.ask("plugin_by_id", id)); !plugin) return pass_on(plugin);
      std::vector<PluginVersion> versions;
      for (const Row row : moment.ask("versions_of_plugin", id)) versions.push_back(read_version(row));
      return versions;
    });
  });
}

Async<PluginPage> PostgresPluginReader::list(std::string_view name_part, Page page) {
  ORC_ASSERT(page.skip >= 0 && page.limit >= 0 && page.limit <= page_limit_max);
  return readers_.run([name_part = std::string(name_part), page](Reading& reading) {
    return reading.at_one_moment([&](Reading& moment) -> Result<PluginPage> {
      PluginPage answer{.total = moment.ask("plugin_count", name_part)[0].integer(0), .items = {}};
      for (const Row row : moment.ask("plugin_page", name_part, page.limit, page.skip)) answer.items.push_back(read_plugin(row));
      return answer;
    });
  });
}

}  // namespace orc::postgres
