#pragma once

#include "adapters/postgres/audit_trail.h"
#include "adapters/postgres/readers.h"
#include "adapters/postgres/writer.h"
#include "ports/audit_log.h"
#include "ports/blob_store.h"
#include "ports/readiness.h"
#include "ports/retention.h"
#include "ports/worker_store.h"

namespace orc::postgres {

// The smaller ports on one PostgreSQL database. All are thread-safe and borrow everything.

// BeatKind commits the beats of many workers together: requests are WorkerId, answers as of WorkerStore::beat.
class BeatKind final : public Writer::Kind {
 public:
  void run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp now) override;
};

class PostgresWorkerStore final : public WorkerStore {
 public:
  PostgresWorkerStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

  Async<WorkerId> add(NewWorker worker) override;
  Async<void> beat(WorkerId id) override;
  Async<void> set_intake(WorkerId id, WorkerIntake intake) override;
  Async<std::vector<Worker>> list() override;
  Async<void> remove(WorkerId id) override;

 private:
  Writer& writer_;
  Readers& readers_;
  BeatKind beats_;
};

class PostgresAuditLog final : public AuditLog {
 public:
  PostgresAuditLog(Writer& writer, Digest& digest) : writer_(writer), trail_(digest) {}

  Async<void> append(AuditEntry entry) override;

 private:
  Writer& writer_;
  AuditTrail trail_;
};

class PostgresBlobCatalog final : public BlobCatalog {
 public:
  PostgresBlobCatalog(Writer& writer, Writer& upkeep, Readers& readers) : writer_(writer), upkeep_(upkeep), readers_(readers) {}

  Async<void> record(ContentHash hash, std::int64_t bytes, UserId owner) override;
  Async<std::vector<ContentHash>> recorded(std::vector<ContentHash> hashes) override;
  Async<std::vector<ContentHash>> forget_unreferenced(std::vector<ContentHash> hashes, Timestamp cutoff) override;

 private:
  Writer& writer_;
  Writer& upkeep_;
  Readers& readers_;
};

class PostgresRetention final : public Retention {
 public:
  explicit PostgresRetention(Writer& writer) : writer_(writer) {}

  Async<int> prune_jobs(Timestamp cutoff, int count) override;
  Async<int> prune_logs(Timestamp cutoff, int count) override;
  Async<int> prune_logs_beyond(std::int64_t bytes_max, int count) override;
  Async<int> prune_events(Timestamp cutoff, int count) override;
  Async<int> prune_audit(Timestamp cutoff, int count) override;
  Async<int> prune_idempotency_keys(Timestamp cutoff, int count) override;

 private:
  Async<int> prune(std::string_view statement, Timestamp cutoff, int count);

  Writer& writer_;
};

// Ready while a row can be written durably: each check() writes one.
class PostgresReadiness final : public ReadinessProbe {
 public:
  explicit PostgresReadiness(Writer& writer) : writer_(writer) {}

  std::string_view name() const override { return "database"; }
  Async<std::string> check() override;

 private:
  Writer& writer_;
};

}  // namespace orc::postgres
