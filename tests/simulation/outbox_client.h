#pragma once

#include "tests/simulation/database_line.h"
#include "tests/simulation/observed_outbox.h"

namespace orc::simulation {

// OutboxClient is the database as those see it who tell others what has happened: callbacks, deliberations and their events.
class OutboxClient final : public CallbackStore, public DeliberationStore, public EventOutbox {
 public:
  // `process` is whose database it is; the seat goes by it.
  OutboxClient(ObservedOutbox& outbox, DatabaseLine line, std::string process)
      : outbox_(outbox), line_(line), process_(std::move(process)) {}

  Async<std::vector<DueCallback>> claim(std::string origin, int count) override;
  Async<void> record(CallbackTry tried) override;
  Async<std::int64_t> waiting() override;
  Async<std::vector<CallbackDelivery>> deliveries(JobId job) override;

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

  Async<std::vector<StoredEvent>> of(std::string deliberation, std::int64_t after, int count, std::size_t bytes_max) override;
  Async<std::vector<StoredEvent>> unpublished(int count) override;
  Async<void> note_published(std::vector<EventId> ids) override;
  Async<Again> publish_again(EventId from, EventId until, int count) override;
  Async<std::optional<EventId>> first_since(Timestamp moment) override;
  Async<std::optional<EventId>> last() override;
  Async<EventBacklog> backlog() override;

 private:
  template <typename T>
  Async<T> change(std::function<Async<T>()> act) {
    return line_.call<Result<T>>(DatabaseLine::Kind::change, std::move(act));
  }
  template <typename T>
  Async<T> question(std::function<Async<T>()> act) {
    return line_.call<Result<T>>(DatabaseLine::Kind::question, std::move(act));
  }

  ObservedOutbox& outbox_;
  const DatabaseLine line_;
  const std::string process_;
};

}  // namespace orc::simulation
