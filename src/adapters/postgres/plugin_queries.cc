#include "adapters/postgres/plugin_queries.h"

#include "adapters/sql_text/column_text.h"
#include "adapters/sql_text/execution_text.h"
#include "adapters/sql_text/placement_text.h"

namespace orc::postgres {

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

Plugin read_plugin(Row row) {
  return {.id = row.as<PluginId>(23),
          .name = row.text(24),
          .is_active = row.boolean(25),
          .created_at = row.time(26),
          .current = read_version(row)};
}

Result<Plugin> plugin_in(const Rows& rows) {
  if (rows.empty()) return fail(ErrorCode::not_found, "Plugin not found");
  return read_plugin(rows[0]);
}

Result<PluginVersion> version_in(const Rows& rows) {
  if (rows.empty()) return fail(ErrorCode::not_found, "Plugin version not found");
  return read_version(rows[0]);
}

}  // namespace orc::postgres
