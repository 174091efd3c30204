#pragma once

#include "adapters/sqlite/counters.h"
#include "adapters/sqlite/live_references.h"
#include "adapters/sqlite/placement_classes.h"
#include "adapters/sqlite/plugin_queries.h"
#include "adapters/sqlite/statement_catalog.h"
#include "ports/plugin_store.h"

namespace orc::sqlite {

// PluginWrites changes plugins; each method as in PluginStore. Writer's thread only.
class PluginWrites {
 public:
  PluginWrites(Connection& connection, const StatementCatalog& catalog, LiveReferences& live, Counters& counters,
               PlacementClasses& classes);

  Result<Plugin> add(const NewPlugin& plugin, Timestamp now);
  Result<Plugin> change(PluginId id, const PluginChange& change, Timestamp now);
  Result<Plugin> make_current(PluginId id, PluginVersionId version);
  Result<void> erase(PluginId id);

  // Removes versions of removed plugins that no job can need any more, and counters that count nothing.
  void tidy();

 private:
  PluginVersionId add_version(PluginId plugin, std::int64_t name_id, const NewPlugin& version, Timestamp now);
  std::int64_t name_id_of(const std::string& name);

  PluginQueries queries_;
  LiveReferences& live_;
  Counters& counters_;
  PlacementClasses& classes_;
  Statement add_name_;
  Statement name_id_;
  Statement add_plugin_;
  Statement add_version_;
  Statement set_current_;
  Statement set_active_;
  Statement remove_plugin_;
  Statement note_with_orphans_;
  Statement plugin_of_version_;
  Statement remove_unused_versions_;
  Statement remove_empty_counters_;
};

}  // namespace orc::sqlite
