#pragma once

#include <functional>
#include <map>

#include "ports/deliberation_store.h"
#include "tests/fakes/memory_state.h"

namespace orc {

// MemoryDeliberationStore is a DeliberationStore in memory. For one thread.
class MemoryDeliberationStore final : public DeliberationStore {
 public:
  explicit MemoryDeliberationStore(MemoryState& state) : state_(state) {}

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

  bool has_seat = true;
  std::function<boost::asio::awaitable<void>()> before_calls;  // what happens while the record of one is being read
  std::function<Async<void>()> before_tokens;                  // and once, while what a user may use is looked up

  // For tests that stand between two steps of a coroutine.
  int gets = 0;  // calls of get()
  int running_now() const;
  std::size_t calls_now(const std::string& id) const;
  void end_now(const std::string& id, DeliberationEnd end);

 private:
  struct Row {
    Deliberation deliberation;
    std::vector<FinishedCall> calls;
    std::int64_t events = 0;  // ever told
  };
  static Deliberation read(const Row& row);
  bool ends_with(const Row& row, const std::vector<DeliberationEvent>& events) const;
  void append(Row& row, DeliberationEvent event, std::optional<FinishedCall> call = {});
  bool is_refused(std::string_view text) const;
  Result<void> append_call(Row& row, FinishedCall call);
  static void count(const Deliberation& one, DeliberationCounts& counts);
  // Errors: not_found.
  Result<Row*> find(const std::string& id);
  // Errors: not_found; conflict, if it has ended.
  Result<Row*> find_running(const std::string& id);

  DeliberationUsage& usage_of(std::optional<UserId> owner) { return usage_[owner.value_or(nobodys_usage)]; }

  MemoryState& state_;
  std::vector<Row> rows_;  // oldest first
  std::map<UserId, DeliberationUsage> usage_;
  DeliberationCounts pruned_;
};

}  // namespace orc
