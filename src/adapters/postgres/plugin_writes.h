#pragma once

#include "adapters/postgres/transaction.h"
#include "ports/plugin_store.h"

namespace orc::postgres {

// Changes of plugins, each as in PluginStore. They run one at a time in all processes.
Result<Plugin> add_plugin(Transaction& transaction, const NewPlugin& plugin, Timestamp now);
Result<Plugin> change_plugin(Transaction& transaction, PluginId id, const PluginChange& change, Timestamp now);
Result<Plugin> make_current(Transaction& transaction, PluginId id, PluginVersionId version);
Result<void> erase_plugin(Transaction& transaction, PluginId id);

// Removes versions of removed plugins that no job can need any more, and counters that count nothing.
void tidy_plugins(Transaction& transaction);

}  // namespace orc::postgres
