#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "ports/plugin_store.h"

namespace orc::sqlite {

// PluginQueries reads plugins over one connection, the writer's or a reader's; used by the thread whose turn it is. Throws StorageFault.
// Each method as in PluginReader.
class PluginQueries {
 public:
  PluginQueries(Connection& connection, const StatementCatalog& catalog);

  Result<Plugin> by_name(std::string_view name);
  Result<Plugin> by_id(PluginId id);
  Result<PluginVersion> version(PluginVersionId id);
  Result<std::vector<PluginVersion>> versions(PluginId id);
  PluginPage list(std::string_view name_part, Page page);

 private:
  struct PluginRow {
    Plugin plugin;
    PluginVersionId current{};
  };

  static PluginRow read(Row row);
  Result<Plugin> complete(std::optional<PluginRow> found);

  Statement by_name_;
  Statement by_id_;
  Statement version_;
  Statement version_ids_;
  Statement count_;
  Statement page_;
};

}  // namespace orc::sqlite
