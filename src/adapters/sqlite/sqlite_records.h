#pragma once

#include "adapters/sqlite/audit_writes.h"
#include "adapters/sqlite/blob_writes.h"
#include "adapters/sqlite/readers.h"
#include "adapters/sqlite/retention_writes.h"
#include "adapters/sqlite/worker_writes.h"
#include "adapters/sqlite/writer.h"
#include "ports/readiness.h"
#include "ports/retention.h"

namespace orc::sqlite {

// The smaller ports on one SQLite file. All are thread-safe and borrow everything.

class SqliteWorkerStore final : public WorkerStore {
 public:
  SqliteWorkerStore(Writer& writer, Readers& readers, WorkerWrites& writes) : writer_(writer), readers_(readers), writes_(writes) {}

  Async<WorkerId> add(NewWorker worker) override;
  Async<void> beat(WorkerId id) override;
  Async<void> set_intake(WorkerId id, WorkerIntake intake) override;
  Async<std::vector<Worker>> list() override;
  Async<void> remove(WorkerId id) override;

 private:
  Writer& writer_;
  Readers& readers_;
  WorkerWrites& writes_;
};

class SqliteAuditLog final : public AuditLog {
 public:
  SqliteAuditLog(Writer& writer, AuditWrites& writes) : writer_(writer), writes_(writes) {}

  Async<void> append(AuditEntry entry) override;

 private:
  Writer& writer_;
  AuditWrites& writes_;
};

class SqliteBlobCatalog final : public BlobCatalog {
 public:
  SqliteBlobCatalog(Writer& writer, Readers& readers, BlobWrites& writes) : writer_(writer), readers_(readers), writes_(writes) {}

  Async<void> record(ContentHash hash, std::int64_t bytes, UserId owner) override;
  Async<std::vector<ContentHash>> recorded(std::vector<ContentHash> hashes) override;
  Async<std::vector<ContentHash>> forget_unreferenced(std::vector<ContentHash> hashes, Timestamp cutoff) override;

 private:
  Writer& writer_;
  Readers& readers_;
  BlobWrites& writes_;
};

class SqliteRetention final : public Retention {
 public:
  SqliteRetention(Writer& writer, RetentionWrites& writes) : writer_(writer), writes_(writes) {}

  Async<int> prune_jobs(Timestamp cutoff, int count) override;
  Async<int> prune_logs(Timestamp cutoff, int count) override;
  Async<int> prune_logs_beyond(std::int64_t bytes_max, int count) override;
  Async<int> prune_events(Timestamp cutoff, int count) override;
  Async<int> prune_audit(Timestamp cutoff, int count) override;
  Async<int> prune_idempotency_keys(Timestamp cutoff, int count) override;

 private:
  Writer& writer_;
  RetentionWrites& writes_;
};

// Ready while a row can be written durably: each check() writes one.
class SqliteReadiness final : public ReadinessProbe {
 public:
  SqliteReadiness(Writer& writer, WorkerWrites& writes) : writer_(writer), writes_(writes) {}

  std::string_view name() const override { return "database"; }
  Async<std::string> check() override;

 private:
  Writer& writer_;
  WorkerWrites& writes_;
};

}  // namespace orc::sqlite
