#pragma once

#include "adapters/sqlite/deliberation_writes.h"
#include "adapters/sqlite/readers.h"
#include "adapters/sqlite/writer.h"
#include "ports/deliberation_store.h"

namespace orc::sqlite {

// SqliteDeliberationStore is a DeliberationStore in one SQLite file; get() reads on the caller's thread, the others on the readers'.
// Thread-safe. Borrows everything.
class SqliteDeliberationStore final : public DeliberationStore {
 public:
  SqliteDeliberationStore(Writer& writer, Readers& readers, DeliberationWrites& writes)
      : writer_(writer), readers_(readers), writes_(writes) {}

  Async<Timestamp> add(NewDeliberation deliberation) override;
  Async<void> record(std::string id, FinishedCall call) override;
  Async<void> record_after_cancel(std::string id, FinishedCall call) override;
  Async<void> end(std::string id, DeliberationEnd end) override;
  Async<void> tell(std::string id, std::vector<DeliberationEvent> events) override;
  Async<void> tell_again(std::string id, std::vector<DeliberationEvent> events) override;
  Async<DeliberationMark> mark(std::string id) override;
  Async<Deliberation> get(std::string id) override;
  Async<std::vector<FinishedCall>> calls(std::string id) override;
  Async<std::vector<RunningJob>> running_jobs(std::string after, int count) override;
  Async<std::vector<std::string>> ids_running(std::string after, int count) override;
  Async<std::vector<std::string>> orphans(int count) override;
  Async<std::int64_t> page_bytes(DeliberationFilter filter) override;
  Async<DeliberationPage> list(DeliberationFilter filter) override;
  Async<DeliberationCounts> counts() override;
  Async<DeliberationUsage> usage(std::optional<UserId> owner) override;
  Async<std::int64_t> tokens_since(UserId owner, Timestamp since) override;
  Async<int> prune(Timestamp cutoff, int count) override;
  Async<bool> take_seat() override;

 private:
  Writer& writer_;
  Readers& readers_;
  DeliberationWrites& writes_;
};

}  // namespace orc::sqlite
