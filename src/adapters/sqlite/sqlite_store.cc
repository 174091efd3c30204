#include "adapters/sqlite/sqlite_store.h"

#include <sqlite3.h>

#include "adapters/sqlite/embedded_sql.h"
#include "adapters/sqlite/schema.h"
#include "adapters/sqlite/sqlite_callback_store.h"
#include "adapters/sqlite/sqlite_deliberation_store.h"
#include "adapters/sqlite/sqlite_event_outbox.h"
#include "adapters/sqlite/sqlite_job_reader.h"
#include "adapters/sqlite/sqlite_job_store.h"
#include "adapters/sqlite/sqlite_plugin_store.h"
#include "adapters/sqlite/sqlite_records.h"
#include "adapters/sqlite/sqlite_user_store.h"

namespace orc {

using namespace sqlite;

namespace {

constexpr std::int64_t writer_cache_kib = 16 * 1024;  // grows to this only under load
constexpr std::int64_t reader_cache_kib = 4 * 1024;

FileOptions file_of(const StoreOptions& options, std::int64_t cache_kib) {
  return {.file = options.file, .vfs = options.vfs, .cache_kib = cache_kib};
}

}  // namespace

// In the order of dependence; ended in reverse.
struct SqliteStore::Parts {
  Parts(StoreOptions options, std::unique_ptr<StatementCatalog> statements, std::unique_ptr<Connection> connection, Clock& clock,
        Digest& digest)
      : catalog(std::move(statements)),
        writing(std::move(connection)),
        counters(*writing, *catalog),
        ids(*writing, *catalog),
        turns(*writing, *catalog),
        classes(*writing, *catalog),
        rooms(*writing, *catalog, classes),
        live(*writing, *catalog),
        audit_writes(*writing, *catalog, digest),
        stored_jobs(*writing, *catalog, counters, turns, rooms),
        submissions(*writing, *catalog, live, ids, counters, turns),
        claims(*writing, *catalog, counters, turns, classes, rooms),
        life(*writing, *catalog, stored_jobs),
        removal(*writing, *catalog, stored_jobs, ids, counters),
        orphans(*writing, *catalog, life, counters),
        plugin_writes(*writing, *catalog, live, counters, classes),
        user_writes(*writing, *catalog, live),
        worker_writes(*writing, *catalog, rooms),
        blob_writes(*writing, *catalog),
        callback_writes(*writing, *catalog),
        event_writes(*writing, *catalog),
        deliberation_writes(*writing, *catalog, event_writes),
        retention_writes(*writing, *catalog, removal, plugin_writes, classes, audit_writes),
        readers(file_of(options, reader_cache_kib), *catalog, options.readers, options.on_fault),
        writer(*writing, *catalog, clock, {&counters, &ids, &turns, &classes, &rooms, &live, &audit_writes}, options.writer,
               options.observer, options.on_fault),
        jobs(writer, readers, submissions, claims, life, removal, orphans),
        job_reader(readers, clock),
        plugins(writer, plugin_writes),
        plugin_reader(readers),
        users(writer, readers, user_writes),
        api_keys(writer, readers, user_writes),
        workers(writer, readers, worker_writes),
        audit(writer, audit_writes),
        deliberations(writer, readers, deliberation_writes),
        events(writer, readers, event_writes),
        blobs(writer, readers, blob_writes),
        retention(writer, retention_writes),
        callbacks(writer, readers, callback_writes, clock),
        readiness(writer, worker_writes) {}

  std::unique_ptr<StatementCatalog> catalog;
  std::unique_ptr<Connection> writing;

  Counters counters;
  JobIds ids;
  ShareTurns turns;
  PlacementClasses classes;
  WorkerRooms rooms;
  LiveReferences live;
  AuditWrites audit_writes;

  StoredJobs stored_jobs;
  Submissions submissions;
  Claims claims;
  JobLife life;
  JobRemoval removal;
  Orphans orphans;
  PluginWrites plugin_writes;
  UserWrites user_writes;
  WorkerWrites worker_writes;
  BlobWrites blob_writes;
  CallbackWrites callback_writes;
  EventWrites event_writes;
  DeliberationWrites deliberation_writes;
  RetentionWrites retention_writes;

  Readers readers;
  Writer writer;

  SqliteJobStore jobs;
  SqliteJobReader job_reader;
  SqlitePluginStore plugins;
  SqlitePluginReader plugin_reader;
  SqliteUserStore users;
  SqliteApiKeyStore api_keys;
  SqliteWorkerStore workers;
  SqliteAuditLog audit;
  SqliteDeliberationStore deliberations;
  SqliteEventOutbox events;
  SqliteBlobCatalog blobs;
  SqliteRetention retention;
  SqliteCallbackStore callbacks;
  SqliteReadiness readiness;
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(StoreOptions options, Clock& clock, Digest& digest) {
  ::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // spares a lock for each allocation; of no effect once a connection was open
  try {
    auto catalog = std::make_unique<StatementCatalog>(embedded_statements());
    auto connection = std::make_unique<Connection>(file_of(options, writer_cache_kib), Access::create);
    if (auto migrated = migrate(*connection, *catalog, embedded_migrations(), clock.now()); !migrated) return pass_on(migrated);
    auto parts = std::make_unique<Parts>(std::move(options), std::move(catalog), std::move(connection), clock, digest);
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(parts)));
  } catch (const StorageFault& fault) {
    return fail(ErrorCode::unavailable, std::string("the database cannot be opened: ") + fault.what());
  }
}

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteStore::~SqliteStore() { stop(); }

JobStore& SqliteStore::jobs() { return parts_->jobs; }
JobReader& SqliteStore::job_reader() { return parts_->job_reader; }
PluginStore& SqliteStore::plugins() { return parts_->plugins; }
PluginReader& SqliteStore::plugin_reader() { return parts_->plugin_reader; }
UserStore& SqliteStore::users() { return parts_->users; }
ApiKeyStore& SqliteStore::api_keys() { return parts_->api_keys; }
WorkerStore& SqliteStore::workers() { return parts_->workers; }
AuditLog& SqliteStore::audit() { return parts_->audit; }
DeliberationStore& SqliteStore::deliberations() { return parts_->deliberations; }
EventOutbox& SqliteStore::events() { return parts_->events; }
BlobCatalog& SqliteStore::blobs() { return parts_->blobs; }
Retention& SqliteStore::retention() { return parts_->retention; }
CallbackStore& SqliteStore::callbacks() { return parts_->callbacks; }
ReadinessProbe& SqliteStore::readiness() { return parts_->readiness; }

std::size_t SqliteStore::waiting() const { return parts_->writer.waiting(); }

void SqliteStore::stop() {
  parts_->writer.stop();
  parts_->readers.stop();
}

}  // namespace orc
