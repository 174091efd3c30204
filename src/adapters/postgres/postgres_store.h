#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/postgres/store_options.h"
#include "domain/result.h"
#include "ports/audit_log.h"
#include "ports/blob_store.h"
#include "ports/callback_store.h"
#include "ports/clock.h"
#include "ports/credentials.h"
#include "ports/deliberation_store.h"
#include "ports/event_outbox.h"
#include "ports/job_reader.h"
#include "ports/job_signals.h"
#include "ports/job_store.h"
#include "ports/plugin_store.h"
#include "ports/readiness.h"
#include "ports/retention.h"
#include "ports/user_store.h"
#include "ports/worker_store.h"

namespace orc {

// PostgresStore keeps everything in one PostgreSQL database, which other processes may use at the same time, and offers it as ports.
// Thread-safe. Must end before the io_context whose coroutines it resumes.
class PostgresStore {
 public:
  // Connects and brings the schema up to date. Blocks. The clock and the digest must outlive the store.
  // Errors: conflict, if the database is of a newer program or cannot be adopted whole; unavailable, if the server cannot be reached or
  // refuses, or the opening was stopped; permission_denied, if the role may not change the schema, but that has to be; invalid_argument, if
  // its database will not do. None shows the URL.
  static Result<std::unique_ptr<PostgresStore>> open(postgres::StoreOptions options, Clock& clock, Digest& digest);

  ~PostgresStore();  // stop()
  PostgresStore(const PostgresStore&) = delete;
  PostgresStore& operator=(const PostgresStore&) = delete;

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
  BlobStore& blob_store();
  Retention& retention();
  CallbackStore& callbacks();
  ReadinessProbe& readiness();

  // Notes `value` as that on which all processes on this database should agree under `name`, and gives what was noted before.
  // Errors: unavailable.
  Async<std::optional<std::string>> note_agreement(std::string name, std::string value);

  // Changes that wait for a transaction now, for the metric.
  std::size_t waiting() const;

  // Finishes what was asked for, answers everything later with `unavailable`, and closes the threads. Blocks for about a commit. Safe
  // twice.
  void stop();

 private:
  struct Parts;

  explicit PostgresStore(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace orc
