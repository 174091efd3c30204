#include "adapters/sqlite/plugin_queries.h"

#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/execution_text.h"
#include "adapters/sql_text/placement_text.h"
#include "domain/assert.h"

namespace orc::sqlite {
namespace {

std::unexpected<Error> no_such_plugin() { return fail(ErrorCode::not_found, "Plugin not found"); }

PluginVersion read_version(Row row) {
  PluginVersion version{.id = row.as<PluginVersionId>(0),
                        .plugin = row.as<PluginId>(1),
                        .name = row.text(2),
                        .version = row.text(3),
                        .description = row.text(18),
                        .spec = {},
                        .created_at = row.time(4)};
  version.spec.limits = {.timeout = std::chrono::seconds{row.integer(5)},
                         .grace = std::chrono::seconds{row.integer(6)},
                         .queue = {},
                         .memory_mb = row.integer(7),
                         .cpus = row.real(8),
                         .pids = row.as<int>(9),
                         .output_kb = row.integer(10),
                         .scratch_mb = row.integer(11)};
  version.spec.retry = {.attempts_max = row.as<int>(12), .backoff = durations_from_text(row.bytes(13))};
  version.spec.docker_image_url = row.maybe_text(14);
  version.spec.command = strings_from_text(row.bytes(15));
  version.spec.package = row.maybe_hash(16);
  version.spec.env = string_map_from_text(row.bytes(17));
  version.spec.input_schema = row.maybe_text(19);
  version.spec.output_schema = row.maybe_text(20);
  read_placement(row.bytes(21), version.spec);
  read_execution(row.bytes(22), version.spec);
  return version;
}

}  // namespace

PluginQueries::PluginQueries(Connection& connection, const StatementCatalog& catalog)
    : by_name_(catalog.prepare(connection, "plugin_by_name")),
      by_id_(catalog.prepare(connection, "plugin_by_id")),
      version_(catalog.prepare(connection, "version_by_id")),
      version_ids_(catalog.prepare(connection, "version_ids")),
      count_(catalog.prepare(connection, "plugin_count")),
      page_(catalog.prepare(connection, "plugin_page")) {}

Result<Plugin> PluginQueries::by_name(std::string_view name) { return complete(by_name_.first(read, name)); }

Result<Plugin> PluginQueries::by_id(PluginId id) { return complete(by_id_.first(read, id)); }

Result<PluginVersion> PluginQueries::version(PluginVersionId id) {
  auto version = version_.first(read_version, id);
  if (!version) return fail(ErrorCode::not_found, "Plugin version not found");
  return std::move(*version);
}

Result<std::vector<PluginVersion>> PluginQueries::versions(PluginId id) {
  if (!by_id_.any(id)) return no_such_plugin();
  std::vector<PluginVersionId> ids;
  version_ids_.for_each([&](Row row) { ids.push_back(row.as<PluginVersionId>(0)); }, id);
  std::vector<PluginVersion> versions;
  for (const PluginVersionId one : ids) {
    auto read = version(one);
    ORC_ASSERT(read.has_value());
    versions.push_back(std::move(*read));
  }
  return versions;
}

PluginPage PluginQueries::list(std::string_view name_part, Page page) {
  PluginPage answer{.total = count_.number(name_part), .items = {}};
  std::vector<PluginId> ids;
  page_.for_each([&](Row row) { ids.push_back(row.as<PluginId>(0)); }, name_part, page.limit, page.skip);
  for (const PluginId id : ids) {
    auto plugin = by_id(id);
    ORC_ASSERT(plugin.has_value());
    answer.items.push_back(std::move(*plugin));
  }
  return answer;
}

PluginQueries::PluginRow PluginQueries::read(Row row) {
  return {.plugin = {.id = row.as<PluginId>(0), .name = {}, .is_active = row.as<bool>(2), .created_at = row.time(3), .current = {}},
          .current = row.as<PluginVersionId>(4)};
}

Result<Plugin> PluginQueries::complete(std::optional<PluginRow> found) {
  if (!found) return no_such_plugin();
  auto current = version(found->current);
  ORC_ASSERT(current.has_value());
  found->plugin.name = current->name;
  found->plugin.current = std::move(*current);
  return std::move(found->plugin);
}

}  // namespace orc::sqlite
