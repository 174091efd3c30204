#include "adapters/sqlite/sqlite_records.h"

#include "adapters/sql_text/text_of.h"
#include "domain/assert.h"

namespace orc::sqlite {

Async<WorkerId> SqliteWorkerStore::add(NewWorker worker) {
  return writer_.run([this, worker = std::move(worker)](Timestamp now) -> Result<WorkerId> { return writes_.add(worker, now); });
}

Async<void> SqliteWorkerStore::beat(WorkerId id) {
  return writer_.run([this, id](Timestamp) { return writes_.beat(id); });
}

Async<void> SqliteWorkerStore::set_intake(WorkerId id, WorkerIntake intake) {
  return writer_.run([this, id, intake](Timestamp) { return writes_.set_intake(id, intake); });
}

Async<std::vector<Worker>> SqliteWorkerStore::list() {
  return readers_.elsewhere([](ReadSession& session) -> Result<std::vector<Worker>> { return session.references.workers(); });
}

Async<void> SqliteWorkerStore::remove(WorkerId id) {
  return writer_.run([this, id](Timestamp) -> Result<void> {
    writes_.remove(id);
    return {};
  });
}

Async<void> SqliteAuditLog::append(AuditEntry entry) {
  return writer_.run([this, entry = std::move(entry)](Timestamp now) -> Result<void> {
    writes_.append(entry, now);
    return {};
  });
}

Async<void> SqliteBlobCatalog::record(ContentHash hash, std::int64_t bytes, UserId owner) {
  return writer_.run([=, this](Timestamp now) -> Result<void> {
    writes_.record(hash, bytes, owner, now);
    return {};
  });
}

Async<std::vector<ContentHash>> SqliteBlobCatalog::recorded(std::vector<ContentHash> hashes) {
  co_return readers_.here([&](ReadSession& session) -> Result<std::vector<ContentHash>> { return session.references.recorded(hashes); });
}

Async<std::vector<ContentHash>> SqliteBlobCatalog::forget_unreferenced(std::vector<ContentHash> hashes, Timestamp cutoff) {
  const std::size_t rows = hashes.size();
  const auto forget = [this, hashes = std::move(hashes), cutoff](Timestamp) -> Result<std::vector<ContentHash>> {
    return writes_.forget_unreferenced(hashes, cutoff);
  };
  return writer_.run(forget, rows);
}

Async<int> SqliteRetention::prune_jobs(Timestamp cutoff, int count) {
  ORC_ASSERT(count >= 1 && count <= 10'000);
  return writer_.run([=, this](Timestamp) -> Result<int> { return writes_.prune_jobs(cutoff, count); }, static_cast<std::size_t>(count));
}

Async<int> SqliteRetention::prune_logs(Timestamp cutoff, int count) {
  ORC_ASSERT(count >= 1 && count <= 10'000);
  return writer_.run([=, this](Timestamp) -> Result<int> { return writes_.prune_logs(cutoff, count); }, static_cast<std::size_t>(count));
}

Async<int> SqliteRetention::prune_logs_beyond(std::int64_t bytes_max, int count) {
  ORC_ASSERT(bytes_max >= 0 && count >= 1 && count <= 10'000);
  return writer_.run([=, this](Timestamp) -> Result<int> { return writes_.prune_logs_beyond(bytes_max, count); },
                     static_cast<std::size_t>(count));
}

Async<int> SqliteRetention::prune_events(Timestamp cutoff, int count) {
  ORC_ASSERT(count >= 1 && count <= 10'000);
  return writer_.run([=, this](Timestamp) -> Result<int> { return writes_.prune_events(cutoff, count); }, static_cast<std::size_t>(count));
}

Async<int> SqliteRetention::prune_audit(Timestamp cutoff, int count) {
  ORC_ASSERT(count >= 1 && count <= 10'000);
  return writer_.run([=, this](Timestamp) -> Result<int> { return writes_.prune_audit(cutoff, count); }, static_cast<std::size_t>(count));
}

Async<int> SqliteRetention::prune_idempotency_keys(Timestamp cutoff, int count) {
  ORC_ASSERT(count >= 1 && count <= 10'000);
  return writer_.run([=, this](Timestamp) -> Result<int> { return writes_.prune_idempotency_keys(cutoff, count); },
                     static_cast<std::size_t>(count));
}

Async<std::string> SqliteReadiness::check() {
  return writer_.run([this](Timestamp now) -> Result<std::string> {
    writes_.probe(now);
    return text_of("writes are durable; ", writer_.waiting(), " changes wait");
  });
}

}  // namespace orc::sqlite
