#include "adapters/postgres/plugin_writes.h"

#include <utility>

#include "adapters/postgres/plugin_queries.h"
#include "adapters/postgres/storable_text.h"
#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/execution_text.h"
#include "adapters/sql_text/placement_text.h"
#include "adapters/sql_text/text_of.h"

namespace orc::postgres {
namespace {

Result<Plugin> plugin_by_id(Transaction& transaction, PluginId id) { return plugin_in(transaction.ask("plugin_by_id", id)); }

PluginVersionId add_version(Transaction& transaction, PluginId plugin, const NewPlugin& version, Timestamp now) {
  const PluginSpec& spec = version.spec;
  const PluginLimits& limits = spec.limits;
  const auto its_class = transaction.ask("placement_class_of", requirements_to_text(requirements_of(spec)))[0].as<PlacementClassId>(0);
  return transaction
      .ask("add_version", plugin, version.name, version.version, now, std::int64_t{limits.timeout.count()},
           std::int64_t{limits.grace.count()}, limits.memory_mb, limits.cpus, limits.pids, limits.output_kb, limits.scratch_mb,
           spec.retry.attempts_max, durations_to_text(spec.retry.backoff), spec.docker_image_url, strings_to_text(spec.command),
           spec.package, string_map_to_text(spec.env), version.description, spec.input_schema, spec.output_schema, placement_to_text(spec),
           its_class, execution_to_text(spec))[0]
      .as<PluginVersionId>(0);
}

}  // namespace

Result<Plugin> add_plugin(Transaction& transaction, const NewPlugin& plugin, Timestamp now) {
  transaction.lock(Exclusive::plugins);
  const Rows added = transaction.ask("add_plugin", plugin.name, plugin.version, plugin.description, plugin.spec.docker_image_url,
                                     plugin.spec.input_schema, plugin.spec.output_schema, now);
  if (added.empty()) return fail(ErrorCode::conflict, "Plugin with this name already exists");
  const auto id = added[0].as<PluginId>(0);
  transaction.send("set_current_version", id, add_version(transaction, id, plugin, now));
  return plugin_by_id(transaction, id);
}

Result<Plugin> change_plugin(Transaction& transaction, PluginId id, const PluginChange& change, Timestamp now) {
  transaction.lock(Exclusive::plugins);
  auto known = plugin_by_id(transaction, id);
  if (!known) return known;
  if (change.based_on && *change.based_on != known->current.id)
    return fail(ErrorCode::conflict, text_of("plugin ", known->name, " was changed by somebody else meanwhile; try again"));
  const PluginVersion& current = known->current;
  const NewPlugin wanted{.name = known->name,
                         .version = change.version.value_or(current.version),
                         .description = change.description.value_or(current.description),
                         .spec = change.spec.value_or(current.spec)};
  if (change.is_active && *change.is_active != known->is_active) transaction.send("set_plugin_active", id, *change.is_active);
  const bool is_same = wanted.version == current.version && wanted.description == current.description && wanted.spec == current.spec;
  if (!is_same) transaction.send("set_current_version", id, add_version(transaction, id, wanted, now));
  return plugin_by_id(transaction, id);
}

Result<Plugin> make_current(Transaction& transaction, PluginId id, PluginVersionId version) {
  transaction.lock(Exclusive::plugins);
  auto known = plugin_by_id(transaction, id);
  if (!known) return known;
  const auto wanted = version_in(transaction.ask("version_by_id", version));
  if (!wanted || wanted->plugin != id) return fail(ErrorCode::not_found, text_of("plugin ", known->name, " has no such version"));
  transaction.send("set_current_version", id, version);
  return plugin_by_id(transaction, id);
}

// Submissions hold the plugin's row until their commit, so all jobs of it are there to be seen once it is gone.
Result<void> erase_plugin(Transaction& transaction, PluginId id) {
  transaction.lock(Exclusive::plugins);
  const Rows removed = transaction.ask("remove_plugin", id);
  if (removed.empty()) return fail(ErrorCode::not_found, "Plugin not found");
  transaction.send("note_removal", std::string_view("plugin"), std::to_underlying(id), removed[0].text(0));
  tidy_plugins(transaction);
  return {};
}

void tidy_plugins(Transaction& transaction) {
  transaction.send_counters();
  transaction.send("remove_unused_versions");
  transaction.send("remove_empty_counters");
}

}  // namespace orc::postgres
