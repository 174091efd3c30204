#include "adapters/postgres/embedded_sql.h"

#include <array>

namespace orc::postgres {
namespace {

constexpr char initial[] = {
#embed "migrations/0001_initial.sql"
    ,
    '\n',
#embed "migrations/0001_initial_adoption.sql"
};
constexpr char many_processes[] = {
#embed "migrations/0002_many_processes.sql"
};
constexpr char run_reports[] = {
#embed "migrations/0003_run_reports.sql"
};
constexpr char placement_migration[] = {
#embed "migrations/0004_placement.sql"
};
constexpr char execution_migration[] = {
#embed "migrations/0005_execution.sql"
};
constexpr char retry_waits[] = {
#embed "migrations/0006_retry_waits.sql"
};
constexpr char abandoned_jobs[] = {
#embed "migrations/0008_abandoned_jobs.sql"
};
constexpr char callbacks_migration[] = {
#embed "migrations/0009_callbacks.sql"
};
constexpr char callbacks_of_others[] = {
#embed "migrations/0010_callbacks_of_others.sql"
};
constexpr char usage_and_artifacts_migration[] = {
#embed "migrations/0007_usage_and_artifacts.sql"
};
constexpr char deliberations_migration[] = {
#embed "migrations/0011_deliberations.sql"
};
constexpr char events_migration[] = {
#embed "migrations/0012_events.sql"
};
constexpr char deliberation_usage[] = {
#embed "migrations/0013_deliberation_usage.sql"
};
constexpr char log_volume[] = {
#embed "migrations/0014_log_volume.sql"
};
constexpr char jobs_that_live_again[] = {
#embed "migrations/0015_jobs_that_live_again.sql"
};
constexpr char writes_of_others[] = {
#embed "migrations/0016_writes_of_others.sql"
};
constexpr char call_attempts[] = {
#embed "migrations/0017_call_attempts.sql"
};
constexpr char reasoning[] = {
#embed "migrations/0018_reasoning.sql"
};
constexpr char host_network[] = {
#embed "migrations/0019_host_network.sql"
};
constexpr char words_of_deliberations[] = {
#embed "migrations/0020_words_of_deliberations.sql"
};
constexpr char listed_texts[] = {
#embed "migrations/0021_listed_texts.sql"
};

constexpr char abandoned[] = {
#embed "statements/abandoned.sql"
};
constexpr char adoption[] = {
#embed "statements/adoption.sql"
};
constexpr char agreements[] = {
#embed "statements/agreements.sql"
};
constexpr char audit[] = {
#embed "statements/audit.sql"
};
constexpr char blobs[] = {
#embed "statements/blobs.sql"
};
constexpr char callbacks[] = {
#embed "statements/callbacks.sql"
};
constexpr char claims[] = {
#embed "statements/claims.sql"
};
constexpr char counters[] = {
#embed "statements/counters.sql"
};
constexpr char deliberations[] = {
#embed "statements/deliberations.sql"
};
constexpr char events[] = {
#embed "statements/events.sql"
};
constexpr char job_changes[] = {
#embed "statements/job_changes.sql"
};
constexpr char job_reads[] = {
#embed "statements/job_reads.sql"
};
constexpr char orphans[] = {
#embed "statements/orphans.sql"
};
constexpr char placement[] = {
#embed "statements/placement.sql"
};
constexpr char plugins[] = {
#embed "statements/plugins.sql"
};
constexpr char retention[] = {
#embed "statements/retention.sql"
};
constexpr char schema[] = {
#embed "statements/schema.sql"
};
constexpr char signals[] = {
#embed "statements/signals.sql"
};
constexpr char stored_blobs[] = {
#embed "statements/stored_blobs.sql"
};
constexpr char users[] = {
#embed "statements/users.sql"
};
constexpr char workers[] = {
#embed "statements/workers.sql"
};

template <std::size_t size>
constexpr std::string_view view_of(const char (&bytes)[size]) {
  return {bytes, size};
}

constexpr std::array migrations = {
    SqlMigration{.number = 1, .name = "0001_initial", .sql = view_of(initial)},
    SqlMigration{.number = 2, .name = "0002_many_processes", .sql = view_of(many_processes)},
    SqlMigration{.number = 3, .name = "0003_run_reports", .sql = view_of(run_reports)},
    SqlMigration{.number = 4, .name = "0004_placement", .sql = view_of(placement_migration)},
    SqlMigration{.number = 5, .name = "0005_execution", .sql = view_of(execution_migration)},
    SqlMigration{.number = 6, .name = "0006_retry_waits", .sql = view_of(retry_waits)},
    SqlMigration{.number = 7, .name = "0007_usage_and_artifacts", .sql = view_of(usage_and_artifacts_migration)},
    SqlMigration{.number = 8, .name = "0008_abandoned_jobs", .sql = view_of(abandoned_jobs)},
    SqlMigration{.number = 9, .name = "0009_callbacks", .sql = view_of(callbacks_migration)},
    SqlMigration{.number = 10, .name = "0010_callbacks_of_others", .sql = view_of(callbacks_of_others)},
    SqlMigration{.number = 11, .name = "0011_deliberations", .sql = view_of(deliberations_migration)},
    SqlMigration{.number = 12, .name = "0012_events", .sql = view_of(events_migration)},
    SqlMigration{.number = 13, .name = "0013_deliberation_usage", .sql = view_of(deliberation_usage)},
    SqlMigration{.number = 14, .name = "0014_log_volume", .sql = view_of(log_volume)},
    SqlMigration{.number = 15, .name = "0015_jobs_that_live_again", .sql = view_of(jobs_that_live_again)},
    SqlMigration{.number = 16, .name = "0016_writes_of_others", .sql = view_of(writes_of_others)},
    SqlMigration{.number = 17, .name = "0017_call_attempts", .sql = view_of(call_attempts)},
    SqlMigration{.number = 18, .name = "0018_reasoning", .sql = view_of(reasoning)},
    SqlMigration{.number = 19, .name = "0019_host_network", .sql = view_of(host_network)},
    SqlMigration{.number = 20, .name = "0020_words_of_deliberations", .sql = view_of(words_of_deliberations)},
    SqlMigration{.number = 21, .name = "0021_listed_texts", .sql = view_of(listed_texts)},
};

constexpr std::array statements = {view_of(abandoned),   view_of(adoption),  view_of(agreements), view_of(audit),         view_of(blobs),
                                   view_of(callbacks),   view_of(claims),    view_of(counters),   view_of(deliberations), view_of(events),
                                   view_of(job_changes), view_of(job_reads), view_of(orphans),    view_of(placement),     view_of(plugins),
                                   view_of(retention),   view_of(schema),    view_of(signals),    view_of(stored_blobs),  view_of(users),
                                   view_of(workers)};

}  // namespace

std::span<const SqlMigration> embedded_migrations() { return migrations; }
std::span<const std::string_view> embedded_statements() { return statements; }

}  // namespace orc::postgres
