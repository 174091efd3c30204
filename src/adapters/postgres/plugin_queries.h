#pragma once

#include <string_view>
#include <vector>

#include "adapters/postgres/rows.h"
#include "ports/plugin_store.h"

namespace orc::postgres {

// What the columns of statements/plugins.sql stand for.
PluginVersion read_version(Row row);
Plugin read_plugin(Row row);

// A plugin out of the first row, or the error that there is none.
Result<Plugin> plugin_in(const Rows& rows);
Result<PluginVersion> version_in(const Rows& rows);

}  // namespace orc::postgres
