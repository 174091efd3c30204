#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/deliberation/deliberation_accounts.h"
#include "domain/deliberation/deliberation_event.h"
#include "domain/deliberation/running_job.h"
#include "ports/async.h"

namespace orc {

struct NewDeliberation {
  std::string id;
  std::optional<UserId> owner;  // nobody: it came over gRPC
  DeliberationRequest request;
  DeliberationPlan plan;
};

// Which deliberations, newest first.
struct DeliberationFilter {
  std::optional<UserId> owner;
  std::optional<DeliberationStatus> status;
  std::int64_t skip = 0;
  std::int64_t limit = 50;  // 1 to deliberation_page_max
};
inline constexpr std::int64_t deliberation_page_max = 1000;

// What is known of a deliberation before its texts are read.
struct DeliberationMark {
  std::optional<UserId> owner;
  DeliberationStatus status = DeliberationStatus::running;
  std::int64_t bytes = 0;       // of its texts as they are stored
  std::int64_t call_bytes = 0;  // of those of its calls
};

struct DeliberationPage {
  std::int64_t total = 0;  // that the filter lets through
  std::vector<Deliberation> items;
};

// Of all that were ever stored, pruned ones included.
struct DeliberationCounts {
  std::int64_t running = 0;
  std::int64_t completed = 0;
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
  std::int64_t completed_ms = 0;  // how long the completed ones took, together
  bool operator==(const DeliberationCounts&) const = default;
};

// What deliberations of one owner have used since the database was made, pruned ones included.
struct DeliberationUsage {
  std::int64_t deliberations = 0;
  Account account;
  bool operator==(const DeliberationUsage&) const = default;
};
inline constexpr std::int64_t tokens_counted_max = 1'000'000'000'000'000;
inline constexpr UserId nobodys_usage{0};  // of deliberations that have no owner

// DeliberationStore keeps every deliberation and the record of its calls: the truth, from which one goes on after a restart, and is
// replayed. Each change stores the events that tell of it too, which EventOutbox reads.
// Thread-safe. Each change is one durable transaction: on error nothing has changed. Every method: unavailable.
// Every implementation passes tests/contract/deliberation_store_contract.cc.
class DeliberationStore {
 public:
  virtual ~DeliberationStore() = default;

  // Gives the moment that stands as created_at. Event: begun. Errors: conflict, if the id is taken.
  virtual Async<Timestamp> add(NewDeliberation deliberation) = 0;

  // Appends a finished call to the record; from then on it counts. Each name once. Event: answer.
  // Errors: not_found; conflict, if the deliberation has ended or has a call of that name: this one does not count.
  virtual Async<void> record(std::string id, FinishedCall call) = 0;

  // Appends a call that was under way when the deliberation was cancelled, so that it was paid for: it counts. Each name once. Event:
  // answer, behind that of the end. Errors: not_found; conflict, if the deliberation was not cancelled or has a call of that name.
  virtual Async<void> record_after_cancel(std::string id, FinishedCall call) = 0;

  // Ends it, and counts it. Events: scores, if it is completed; ended. Errors: not_found; conflict, if it has ended already.
  virtual Async<void> end(std::string id, DeliberationEnd end) = 0;

  // Stores events that tell of no change here: phases and deltas. Errors: not_found; conflict, if it has ended.
  virtual Async<void> tell(std::string id, std::vector<DeliberationEvent> events) = 0;

  // As tell(), but of no effect where these are the last events that there are: for who does not know what became of a tell().
  virtual Async<void> tell_again(std::string id, std::vector<DeliberationEvent> events) = 0;

  // What get() and calls() would read. Reads no text, however many there are. Errors: not_found.
  virtual Async<DeliberationMark> mark(std::string id) = 0;

  // Errors: not_found.
  virtual Async<Deliberation> get(std::string id) = 0;

  // In the order in which they were recorded. Nothing of one that is not there.
  virtual Async<std::vector<FinishedCall>> calls(std::string id) = 0;

  // Those that run and that no account owns, oldest first, up to `count` after `after` (an id; empty: from the first). Nothing is kept of
  // what they hold beside these few words.
  virtual Async<std::vector<RunningJob>> running_jobs(std::string after, int count) = 0;

  // The ids of all that run, likewise.
  virtual Async<std::vector<std::string>> ids_running(std::string after, int count) = 0;

  // Ids of those that run though the account of their owner was removed, up to `count`.
  virtual Async<std::vector<std::string>> orphans(int count) = 0;

  // How many bytes of texts list() would read.
  virtual Async<std::int64_t> page_bytes(DeliberationFilter filter) = 0;

  // Of a text that is longer than lists show (domain/deliberation/listed_text.h) a front may stand in its place, which is longer than that
  // too.
  virtual Async<DeliberationPage> list(DeliberationFilter filter) = 0;

  virtual Async<DeliberationCounts> counts() = 0;

  // Of one owner, or of nobody (nobodys_usage); without one of all together.
  virtual Async<DeliberationUsage> usage(std::optional<UserId> owner) = 0;

  // Tokens of the deliberations of `owner` that were added since `since`: what those that have ended used, and of each that runs the most
  // that it may, which is its budget of them, where it has one; beyond tokens_counted_max it counts as those.
  virtual Async<std::int64_t> tokens_since(UserId owner, Timestamp since) = 0;

  // Removes ended deliberations, by the time they ended, with their events and calls, which go before themselves: at most `count`
  // (1..10000) rows of all three. Gives how many; fewer than `count`: nothing from before `cutoff` is left. counts() and usage() stay.
  virtual Async<int> prune(Timestamp cutoff, int count) = 0;

  // Whether the process of this store is the one that runs the deliberations of the database: the first one that asks, until it is stopped,
  // dies or loses the database. Who runs them asks again and again.
  virtual Async<bool> take_seat() = 0;
};

}  // namespace orc
