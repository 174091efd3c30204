#include "adapters/postgres/postgres_store.h"

#include <algorithm>
#include <array>

#include "adapters/postgres/embedded_sql.h"
#include "adapters/postgres/late_refusals.h"
#include "adapters/postgres/postgres_blob_store.h"
#include "adapters/postgres/postgres_callback_store.h"
#include "adapters/postgres/postgres_deliberation_store.h"
#include "adapters/postgres/postgres_event_outbox.h"
#include "adapters/postgres/postgres_job_reader.h"
#include "adapters/postgres/postgres_job_store.h"
#include "adapters/postgres/postgres_plugin_store.h"
#include "adapters/postgres/postgres_records.h"
#include "adapters/postgres/postgres_user_store.h"
#include "adapters/postgres/schema.h"

namespace orc {

using namespace postgres;

namespace {

constexpr std::chrono::seconds first_connect_max{9};
constexpr std::chrono::seconds host_silence_max{3};  // of a host, where there may be others

// Of the session that keeps the seat of deliberations. A disk that stands still for longer than a request may wait costs a writer its
// session; with the seat it would cost every call to a model that is under way (docs/decisions/who_runs_deliberations.md).
constexpr ReaderLimits seat_limits{.threads = 1, .waiting_max = 16, .answer_max = std::chrono::seconds{5}};

// Who refuses is passed over by the library itself; who is silent, by us.
std::unique_ptr<Connection> connect_first(const Destination& destination, const NamedSql& catalog) {
  const auto deadline = std::chrono::steady_clock::now() + first_connect_max;
  for (std::size_t host = 0;; ++host) {
    const auto attempt_end = std::min(deadline, std::chrono::steady_clock::now() + host_silence_max);
    try {
      return std::make_unique<Connection>(destination, catalog, attempt_end, host);
    } catch (const StorageFault&) {
      const bool was_refused = std::chrono::steady_clock::now() < attempt_end;
      if (was_refused || attempt_end == deadline) throw;
    }
  }
}

}  // namespace

// In the order of dependence; ended in reverse.
struct PostgresStore::Parts {
  Parts(const StoreOptions& options, std::unique_ptr<NamedSql> statements, Clock& clock, Digest& digest)
      : catalog(std::move(statements)),
        readers({.url = options.url, .statement_max = options.readers.answer_max - statement_margin}, *catalog, options.readers,
                options.on_fault, late_refusals),
        carriers(
            {.url = options.url, .statement_max = options.blobs.answer_max - statement_margin, .silence_max = options.blobs.answer_max},
            *catalog, options.blobs, options.on_fault, late_refusals),
        seat({.url = options.url, .statement_max = seat_limits.answer_max - statement_margin}, *catalog, seat_limits, options.on_fault,
             late_refusals),
        writers({.url = options.url}, *catalog, clock, options.writer, options.observer, options.on_fault, late_refusals),
        jobs(writers, readers),
        job_reader(readers, clock),
        plugins(writers.changes),
        plugin_reader(readers),
        users(writers.changes, readers),
        api_keys(writers.changes, readers),
        workers(writers.changes, readers),
        audit(writers.changes, digest),
        deliberations(writers.changes, readers, seat),
        events(writers.upkeep, readers),
        blobs(writers.changes, writers.upkeep, readers),
        blob_store(carriers, clock, digest),
        retention(writers.upkeep),
        callbacks(writers.upkeep, readers, clock),
        readiness(writers.changes) {
    late_refusals.start([this] { refuse_late(); });
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() { late_refusals.stop(); }

  std::array<Writer*, 4> all_writers() { return {&writers.submissions, &writers.runs, &writers.changes, &writers.upkeep}; }
  void refuse_late() {
    for (Writer* writer : all_writers()) writer->refuse_late();
    readers.refuse_late();
    carriers.refuse_late();
    seat.refuse_late();
  }

  std::unique_ptr<NamedSql> catalog;
  LateRefusals late_refusals;  // of all that follow; its thread ends before them
  Readers readers;
  Readers carriers;  // of blobs, so that nobody waits behind a large one
  Readers seat;      // ends behind what the writers have at hand
  Writers writers;
  PostgresJobStore jobs;
  PostgresJobReader job_reader;
  PostgresPluginStore plugins;
  PostgresPluginReader plugin_reader;
  PostgresUserStore users;
  PostgresApiKeyStore api_keys;
  PostgresWorkerStore workers;
  PostgresAuditLog audit;
  PostgresDeliberationStore deliberations;
  PostgresEventOutbox events;
  PostgresBlobCatalog blobs;
  PostgresBlobStore blob_store;
  PostgresRetention retention;
  PostgresCallbackStore callbacks;
  PostgresReadiness readiness;
};

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(StoreOptions options, Clock& clock, Digest& digest) {
  try {
    auto catalog = std::make_unique<NamedSql>(embedded_statements());
    {
      const auto connection = connect_first({.url = options.url, .is_given_up = options.opening.is_stopped}, *catalog);
      if (auto migrated = migrate(*connection, embedded_migrations(), clock.now(), options.opening); !migrated) return pass_on(migrated);
    }
    auto parts = std::make_unique<Parts>(options, std::move(catalog), clock, digest);
    return std::unique_ptr<PostgresStore>(new PostgresStore(std::move(parts)));
  } catch (const StorageFault& fault) {
    return fail(ErrorCode::unavailable, std::string("the database of DATABASE_URL cannot be opened: ") + fault.what());
  }
}

PostgresStore::PostgresStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PostgresStore::~PostgresStore() { stop(); }

JobStore& PostgresStore::jobs() { return parts_->jobs; }
JobReader& PostgresStore::job_reader() { return parts_->job_reader; }
PluginStore& PostgresStore::plugins() { return parts_->plugins; }
PluginReader& PostgresStore::plugin_reader() { return parts_->plugin_reader; }
UserStore& PostgresStore::users() { return parts_->users; }
ApiKeyStore& PostgresStore::api_keys() { return parts_->api_keys; }
WorkerStore& PostgresStore::workers() { return parts_->workers; }
AuditLog& PostgresStore::audit() { return parts_->audit; }
DeliberationStore& PostgresStore::deliberations() { return parts_->deliberations; }
EventOutbox& PostgresStore::events() { return parts_->events; }
BlobCatalog& PostgresStore::blobs() { return parts_->blobs; }
BlobStore& PostgresStore::blob_store() { return parts_->blob_store; }
Retention& PostgresStore::retention() { return parts_->retention; }
CallbackStore& PostgresStore::callbacks() { return parts_->callbacks; }
ReadinessProbe& PostgresStore::readiness() { return parts_->readiness; }

Async<std::optional<std::string>> PostgresStore::note_agreement(std::string name, std::string value) {
  return parts_->writers.changes.run([name = std::move(name), value = std::move(value)](Transaction& transaction, Timestamp) {
    return Result<std::optional<std::string>>(transaction.ask("note_agreement", name, value)[0].maybe_text(0));
  });
}

std::size_t PostgresStore::waiting() const {
  std::size_t all = 0;
  for (const Writer* writer : parts_->all_writers()) all += writer->waiting();
  return all;
}

void PostgresStore::stop() {
  for (Writer* writer : parts_->all_writers()) writer->stop();
  parts_->readers.stop();
  parts_->carriers.stop();
  parts_->seat.stop();
  parts_->late_refusals.stop();
}

}  // namespace orc
