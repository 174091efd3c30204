#pragma once

#include <memory>

#include "adapters/sqlite/store_options.h"
#include "domain/result.h"
#include "ports/audit_log.h"
#include "ports/blob_store.h"
#include "ports/callback_store.h"
#include "ports/clock.h"
#include "ports/credentials.h"
#include "ports/deliberation_store.h"
#include "ports/event_outbox.h"
#include "ports/job_reader.h"
#include "ports/job_store.h"
#include "ports/plugin_store.h"
#include "ports/readiness.h"
#include "ports/retention.h"
#include "ports/user_store.h"
#include "ports/worker_store.h"

namespace orc {

// SqliteStore keeps everything in one SQLite file, and offers it as ports. One process owns the file (data_directory_lock.h): the caller
// holds the lock for as long as the store lives. Thread-safe. Must end before the io_context whose coroutines it resumes.
class SqliteStore {
 public:
  // Opens the file, or makes it, and brings its schema up to date. Blocks. The clock and the digest must outlive the store.
  // Errors: conflict, if the file is of a newer program or of another one; unavailable, if it cannot be opened or written.
  static Result<std::unique_ptr<SqliteStore>> open(sqlite::StoreOptions options, Clock& clock, Digest& digest);

  ~SqliteStore();  // stop()
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  // Each lives as long as the store.
  JobStore& jobs();
  JobReader& job_reader();
  PluginStore& plugins();
  PluginReader& plugin_reader();
  UserStore& users();
  ApiKeyStore& api_keys();
  WorkerStore& workers();
  AuditLog& audit();
  DeliberationStore& deliberations();
  EventOutbox& events();
  BlobCatalog& blobs();
  Retention& retention();
  CallbackStore& callbacks();
  ReadinessProbe& readiness();

  // Changes that wait for a transaction now, for the metric.
  std::size_t waiting() const;

  // Finishes what was asked for, answers everything later with `unavailable`, and closes the threads. Blocks for about a commit. Safe
  // twice.
  void stop();

 private:
  struct Parts;

  explicit SqliteStore(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace orc
