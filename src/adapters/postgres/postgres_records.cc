#include "adapters/postgres/postgres_records.h"

#include <algorithm>
#include <set>

#include "adapters/postgres/job_removal.h"
#include "adapters/postgres/plugin_writes.h"
#include "adapters/sql_text/placement_text.h"
#include "adapters/sql_text/text_of.h"
#include "domain/assert.h"

namespace orc::postgres {
namespace {

std::vector<ContentHash> read_hashes(const Rows& rows) {
  std::vector<ContentHash> hashes;
  for (const Row row : rows) hashes.push_back(row.hash(0));
  return hashes;
}

}  // namespace

Async<WorkerId> PostgresWorkerStore::add(NewWorker worker) {
  return writer_.run([worker = std::move(worker)](Transaction& transaction, Timestamp now) -> Result<WorkerId> {
    return transaction
        .ask("add_worker", worker.name, worker.isolation, worker.slots, worker.home, now, worker.instance,
             equipment_to_text(worker.equipment))[0]
        .as<WorkerId>(0);
  });
}

// Two beats of one worker that come together raise it by one: only its change means anything.
void BeatKind::run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp) {
  using Asked = Writer::Asked<WorkerId, Result<void>>;
  std::vector<WorkerId> workers;
  for (const Writer::Waiting* one : operations) workers.push_back(static_cast<const Asked*>(one)->request());
  std::set<WorkerId> alive;
  for (const Row row : transaction.ask("beat_workers", workers)) alive.insert(row.as<WorkerId>(0));
  for (Writer::Waiting* one : operations) {
    auto* const asked = static_cast<Asked*>(one);
    const WorkerId worker = asked->request();
    if (alive.contains(worker))
      asked->answer({});
    else
      asked->answer(
          fail(ErrorCode::not_found, text_of("worker ", worker, " was taken for dead and removed; its jobs are somebody else's now")));
  }
}

Async<void> PostgresWorkerStore::beat(WorkerId id) { return writer_.run_with<Result<void>>(beats_, id, 1); }

Async<void> PostgresWorkerStore::set_intake(WorkerId id, WorkerIntake intake) {
  return writer_.run([id, intake](Transaction& transaction, Timestamp) -> Result<void> {
    transaction.ask("lock_claims", std::vector{id});  // what it is winning just now it has won when this is answered
    if (transaction.ask("set_worker_intake", id, intake).changed() > 0) return {};
    return fail(ErrorCode::not_found, "Worker not found");
  });
}

Async<std::vector<Worker>> PostgresWorkerStore::list() {
  return readers_.run([](Reading& reading) -> Result<std::vector<Worker>> {
    std::vector<Worker> workers;
    for (const Row row : reading.ask("workers"))
      workers.push_back({.id = row.as<WorkerId>(0),
                         .name = row.text(1),
                         .isolation = row.as<Isolation>(2),
                         .slots = row.as<int>(3),
                         .home = row.as<WorkerHome>(4),
                         .beat = row.integer(5),
                         .started_at = row.time(6),
                         .instance = row.text(7),
                         .intake = row.as<WorkerIntake>(8),
                         .equipment = equipment_from_text(row.bytes(9))});
    return workers;
  });
}

// Claims hold the worker's row until their commit, so what it has won is there to be seen once we hold it.
Async<void> PostgresWorkerStore::remove(WorkerId id) {
  return writer_.run([id](Transaction& transaction, Timestamp) -> Result<void> {
    transaction.send("lock_worker", id);
    transaction.send("remove_worker", id);
    return {};
  });
}

Async<void> PostgresAuditLog::append(AuditEntry entry) {
  return writer_.run([this, entry = std::move(entry)](Transaction& transaction, Timestamp now) -> Result<void> {
    trail_.append(transaction, entry, now);
    return {};
  });
}

Async<void> PostgresBlobCatalog::record(ContentHash hash, std::int64_t bytes, UserId owner) {
  return writer_.run([=](Transaction& transaction, Timestamp now) -> Result<void> {
    transaction.send("record_blob", hash, bytes, owner, now);
    return {};
  });
}

Async<std::vector<ContentHash>> PostgresBlobCatalog::recorded(std::vector<ContentHash> hashes) {
  return readers_.run([hashes = std::move(hashes)](Reading& reading) -> Result<std::vector<ContentHash>> {
    return read_hashes(reading.ask("recorded_blobs", hashes));
  });
}

Async<std::vector<ContentHash>> PostgresBlobCatalog::forget_unreferenced(std::vector<ContentHash> hashes, Timestamp cutoff) {
  return upkeep_.run([hashes = std::move(hashes), cutoff](Transaction& transaction, Timestamp) -> Result<std::vector<ContentHash>> {
    transaction.send("lock_blobs", hashes);
    auto unneeded = read_hashes(transaction.ask("unneeded_blobs", hashes, cutoff));
    if (!unneeded.empty()) transaction.send("forget_blobs", unneeded);
    return unneeded;
  });
}

Async<int> PostgresRetention::prune_jobs(Timestamp cutoff, int count) {
  ORC_ASSERT(count >= 1 && count <= 10'000);
  return writer_.run([=](Transaction& transaction, Timestamp) -> Result<int> {
    std::vector<JobId> old;
    for (const Row row : transaction.ask("jobs_to_prune", cutoff, count)) old.push_back(row.as<JobId>(0));
    if (old.empty()) return 0;
    std::ranges::sort(old);
    const int removed = remove_jobs(transaction, old);
    if (removed < count) tidy_plugins(transaction);
    return removed;
  });
}

Async<int> PostgresRetention::prune_logs(Timestamp cutoff, int count) { return prune("prune_logs", cutoff, count); }
Async<int> PostgresRetention::prune_logs_beyond(std::int64_t bytes_max, int count) {
  ORC_ASSERT(bytes_max >= 0 && count >= 1 && count <= 10'000);
  return writer_.run(
      [=](Transaction& transaction, Timestamp) -> Result<int> { return transaction.ask("prune_logs_beyond", bytes_max, count).changed(); });
}

Async<int> PostgresRetention::prune_events(Timestamp cutoff, int count) { return prune("prune_events", cutoff, count); }
Async<int> PostgresRetention::prune_audit(Timestamp cutoff, int count) { return prune("prune_audit", cutoff, count); }

// What processes, users and plugins leave behind that are no more goes with the keys, which are pruned whatever else is kept for ever.
Async<int> PostgresRetention::prune_idempotency_keys(Timestamp cutoff, int count) {
  ORC_ASSERT(count >= 1 && count <= 10'000);
  return writer_.run([=](Transaction& transaction, Timestamp) -> Result<int> {
    transaction.send("prune_marks");
    transaction.send("add_up_log_volume");
    transaction.send("prune_removals", std::int64_t{count});
    std::vector<PlacementClassId> unused;
    for (const Row row : transaction.ask("unused_classes", std::int64_t{count})) unused.push_back(row.as<PlacementClassId>(0));
    if (!unused.empty()) transaction.send("remove_unused_classes", unused);
    return transaction.ask("prune_keys", cutoff, count).changed();
  });
}

Async<int> PostgresRetention::prune(std::string_view statement, Timestamp cutoff, int count) {
  ORC_ASSERT(count >= 1 && count <= 10'000);
  return writer_.run(
      [=](Transaction& transaction, Timestamp) -> Result<int> { return transaction.ask(statement, cutoff, count).changed(); });
}

Async<std::string> PostgresReadiness::check() {
  return writer_.run([this](Transaction& transaction, Timestamp now) -> Result<std::string> {
    transaction.send("probe", now);
    return text_of("writes are durable; ", writer_.waiting(), " changes wait");
  });
}

}  // namespace orc::postgres
