#include "adapters/sqlite/plugin_writes.h"

#include <utility>

#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/execution_text.h"
#include "adapters/sql_text/placement_text.h"
#include "adapters/sql_text/text_of.h"
#include "domain/assert.h"

namespace orc::sqlite {

PluginWrites::PluginWrites(Connection& connection, const StatementCatalog& catalog, LiveReferences& live, Counters& counters,
                           PlacementClasses& classes)
    : queries_(connection, catalog),
      live_(live),
      counters_(counters),
      classes_(classes),
      add_name_(catalog.prepare(connection, "add_name")),
      name_id_(catalog.prepare(connection, "name_id")),
      add_plugin_(catalog.prepare(connection, "add_plugin")),
      add_version_(catalog.prepare(connection, "add_version")),
      set_current_(catalog.prepare(connection, "set_current_version")),
      set_active_(catalog.prepare(connection, "set_plugin_active")),
      remove_plugin_(catalog.prepare(connection, "remove_plugin")),
      note_with_orphans_(catalog.prepare(connection, "note_plugin_with_orphans")),
      plugin_of_version_(catalog.prepare(connection, "plugin_of_version")),
      remove_unused_versions_(catalog.prepare(connection, "remove_unused_versions")),
      remove_empty_counters_(catalog.prepare(connection, "remove_empty_counters")) {}

Result<Plugin> PluginWrites::add(const NewPlugin& plugin, Timestamp now) {
  if (queries_.by_name(plugin.name)) return fail(ErrorCode::conflict, "Plugin with this name already exists");
  add_name_.execute(plugin.name);
  const std::int64_t name_id = name_id_of(plugin.name);
  const auto id = static_cast<PluginId>(add_plugin_.number(name_id, now));
  set_current_.execute(id, add_version(id, name_id, plugin, now));
  return queries_.by_id(id);
}

Result<Plugin> PluginWrites::change(PluginId id, const PluginChange& change, Timestamp now) {
  auto known = queries_.by_id(id);
  if (!known) return known;
  if (change.based_on && *change.based_on != known->current.id)
    return fail(ErrorCode::conflict, text_of("plugin ", known->name, " was changed by somebody else meanwhile; try again"));
  const PluginVersion& current = known->current;
  const NewPlugin wanted{.name = known->name,
                         .version = change.version.value_or(current.version),
                         .description = change.description.value_or(current.description),
                         .spec = change.spec.value_or(current.spec)};
  if (change.is_active && *change.is_active != known->is_active) set_active_.execute(id, *change.is_active);
  const bool is_same = wanted.version == current.version && wanted.description == current.description && wanted.spec == current.spec;
  if (!is_same) set_current_.execute(id, add_version(id, name_id_of(known->name), wanted, now));
  return queries_.by_id(id);
}

Result<Plugin> PluginWrites::make_current(PluginId id, PluginVersionId version) {
  auto known = queries_.by_id(id);
  if (!known) return known;
  if (plugin_of_version_.number(version) != std::to_underlying(id))
    return fail(ErrorCode::not_found, text_of("plugin ", known->name, " has no such version"));
  set_current_.execute(id, version);
  return queries_.by_id(id);
}

Result<void> PluginWrites::erase(PluginId id) {
  auto known = queries_.by_id(id);
  if (!known) return pass_on(known);
  remove_plugin_.execute(id);
  note_with_orphans_.execute(id, name_id_of(known->name));
  live_.forget();
  tidy();
  return {};
}

void PluginWrites::tidy() {
  counters_.flush();
  remove_unused_versions_.execute();
  remove_empty_counters_.execute();
}

PluginVersionId PluginWrites::add_version(PluginId plugin, std::int64_t name_id, const NewPlugin& version, Timestamp now) {
  const PluginSpec& spec = version.spec;
  const PluginLimits& limits = spec.limits;
  const std::string backoff = durations_to_text(spec.retry.backoff);
  const std::string command = strings_to_text(spec.command);
  const std::string env = string_map_to_text(spec.env);
  const std::string execution = execution_to_text(spec);
  const std::string placement = placement_to_text(spec);
  const PlacementClassId its_class = classes_.id_of(requirements_of(spec));
  return static_cast<PluginVersionId>(add_version_.number(
      plugin, name_id, version.version, now, limits.timeout.count(), limits.grace.count(), limits.memory_mb, limits.cpus, limits.pids,
      limits.output_kb, limits.scratch_mb, spec.retry.attempts_max, backoff, spec.docker_image_url, command, spec.package, env,
      version.description, spec.input_schema, spec.output_schema, placement, its_class, execution));
}

std::int64_t PluginWrites::name_id_of(const std::string& name) { return name_id_.number(name); }

}  // namespace orc::sqlite
