#include "tests/simulation/outbox_client.h"

namespace orc::simulation {
namespace {

// What comes over the line is something that can be empty before it comes.
Async<std::optional<Deliberation>> find(DeliberationStore& store, std::string id) {
  auto found = co_await store.get(std::move(id));
  if (!found) co_return pass_on(found);
  co_return std::move(*found);
}

}  // namespace

Async<std::vector<DueCallback>> OutboxClient::claim(std::string origin, int count) {
  return change<std::vector<DueCallback>>([&db = outbox_, origin = std::move(origin), count] { return db.claim(origin, count); });
}
Async<void> OutboxClient::record(CallbackTry tried) {
  return change<void>([&db = outbox_, tried = std::move(tried)] { return db.record(tried); });
}
Async<std::int64_t> OutboxClient::waiting() {
  return question<std::int64_t>([&db = outbox_] { return db.callbacks().waiting(); });
}
Async<std::vector<CallbackDelivery>> OutboxClient::deliveries(JobId job) {
  return question<std::vector<CallbackDelivery>>([&db = outbox_, job] { return db.callbacks().deliveries(job); });
}

Async<Timestamp> OutboxClient::add(NewDeliberation deliberation) {
  return change<Timestamp>([&db = outbox_, deliberation = std::move(deliberation)] { return db.deliberations().add(deliberation); });
}
Async<void> OutboxClient::record(std::string id, FinishedCall call) {
  return change<void>([&db = outbox_, id = std::move(id), call = std::move(call)] { return db.deliberations().record(id, call); });
}
Async<void> OutboxClient::record_after_cancel(std::string id, FinishedCall call) {
  return change<void>(
      [&db = outbox_, id = std::move(id), call = std::move(call)] { return db.deliberations().record_after_cancel(id, call); });
}
Async<void> OutboxClient::end(std::string id, DeliberationEnd end) {
  return change<void>([&db = outbox_, id = std::move(id), end = std::move(end)] { return db.deliberations().end(id, end); });
}
Async<void> OutboxClient::tell(std::string id, std::vector<DeliberationEvent> events) {
  return change<void>([&db = outbox_, id = std::move(id), events = std::move(events)] { return db.deliberations().tell(id, events); });
}
Async<void> OutboxClient::tell_again(std::string id, std::vector<DeliberationEvent> events) {
  return change<void>(
      [&db = outbox_, id = std::move(id), events = std::move(events)] { return db.deliberations().tell_again(id, events); });
}
Async<DeliberationMark> OutboxClient::mark(std::string id) {
  return question<DeliberationMark>([&db = outbox_, id = std::move(id)] { return db.deliberations().mark(id); });
}
Async<Deliberation> OutboxClient::get(std::string id) {
  auto found = co_await question<std::optional<Deliberation>>([&db = outbox_, id = std::move(id)] { return find(db.deliberations(), id); });
  if (!found) co_return pass_on(found);
  co_return std::move(**found);
}
Async<std::vector<FinishedCall>> OutboxClient::calls(std::string id) {
  return question<std::vector<FinishedCall>>([&db = outbox_, id = std::move(id)] { return db.deliberations().calls(id); });
}
Async<std::vector<RunningJob>> OutboxClient::running_jobs(std::string after, int count) {
  return question<std::vector<RunningJob>>(
      [&db = outbox_, after = std::move(after), count] { return db.deliberations().running_jobs(after, count); });
}
Async<std::vector<std::string>> OutboxClient::ids_running(std::string after, int count) {
  return question<std::vector<std::string>>(
      [&db = outbox_, after = std::move(after), count] { return db.deliberations().ids_running(after, count); });
}
Async<std::vector<std::string>> OutboxClient::orphans(int count) {
  return question<std::vector<std::string>>([&db = outbox_, count] { return db.deliberations().orphans(count); });
}
Async<std::int64_t> OutboxClient::page_bytes(DeliberationFilter filter) {
  return question<std::int64_t>([&db = outbox_, filter] { return db.deliberations().page_bytes(filter); });
}
Async<DeliberationPage> OutboxClient::list(DeliberationFilter filter) {
  return question<DeliberationPage>([&db = outbox_, filter] { return db.deliberations().list(filter); });
}
Async<DeliberationCounts> OutboxClient::counts() {
  return question<DeliberationCounts>([&db = outbox_] { return db.deliberations().counts(); });
}
Async<DeliberationUsage> OutboxClient::usage(std::optional<UserId> owner) {
  return question<DeliberationUsage>([&db = outbox_, owner] { return db.deliberations().usage(owner); });
}
Async<std::int64_t> OutboxClient::tokens_since(UserId owner, Timestamp since) {
  return question<std::int64_t>([&db = outbox_, owner, since] { return db.deliberations().tokens_since(owner, since); });
}
Async<int> OutboxClient::prune(Timestamp cutoff, int count) {
  return change<int>([&db = outbox_, cutoff, count] { return db.deliberations().prune(cutoff, count); });
}
Async<bool> OutboxClient::take_seat() {
  return change<bool>([&db = outbox_, process = process_] { return db.take_seat(process); });
}

Async<std::vector<StoredEvent>> OutboxClient::of(std::string deliberation, std::int64_t after, int count, std::size_t bytes_max) {
  return question<std::vector<StoredEvent>>([&db = outbox_, deliberation = std::move(deliberation), after, count, bytes_max] {
    return db.events().of(deliberation, after, count, bytes_max);
  });
}
Async<std::vector<StoredEvent>> OutboxClient::unpublished(int count) {
  return question<std::vector<StoredEvent>>([&db = outbox_, count] { return db.unpublished(count); });
}
Async<void> OutboxClient::note_published(std::vector<EventId> ids) {
  return change<void>([&db = outbox_, ids = std::move(ids)] { return db.events().note_published(ids); });
}
Async<Again> OutboxClient::publish_again(EventId from, EventId until, int count) {
  return change<Again>([&db = outbox_, from, until, count] { return db.events().publish_again(from, until, count); });
}
Async<std::optional<EventId>> OutboxClient::first_since(Timestamp moment) {
  return question<std::optional<EventId>>([&db = outbox_, moment] { return db.events().first_since(moment); });
}
Async<std::optional<EventId>> OutboxClient::last() {
  return question<std::optional<EventId>>([&db = outbox_] { return db.events().last(); });
}
Async<EventBacklog> OutboxClient::backlog() {
  return question<EventBacklog>([&db = outbox_] { return db.events().backlog(); });
}

}  // namespace orc::simulation
