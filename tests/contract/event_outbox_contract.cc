#include "domain/deliberation/deliberation_script.h"
#include "tests/contract/store_fixture.h"

namespace orc {

// What every EventOutbox must do, beside the DeliberationStore that fills it.
class EventOutboxContract : public StoreContract {
 protected:
  void add(std::string id) { ok(db.deliberations.add({.id = std::move(id), .request = request, .plan = plan})); }

  static FinishedCall call(std::uint32_t agent) {
    return {.name = {.stage = 1, .agent = agent, .sample = 2}, .text = "eleven", .score = 0.5};
  }

  static DeliberationEvent phase(std::uint32_t stage) { return {.kind = EventKind::phase, .call = {.stage = stage}}; }
  static DeliberationEvent delta(int part, std::string text) {
    return {.kind = EventKind::delta, .call = {.agent = 1, .sample = 3}, .attempt = 2, .part = part, .text = std::move(text)};
  }

  DeliberationEnd completed() {
    DeliberationScript script(2, plan);
    return script.play([](CallName name) { return DeliberationScript::success(name, "eleven"); });
  }
  static DeliberationEnd failed() { return {.status = DeliberationStatus::failed, .error = "timeout"}; }

  // "1 begun, 2 phase"
  std::string told(const std::string& id, std::int64_t after = 0, int count = events_at_once_max) {
    return text_of(ok(db.events.of(id, after, count, event_bytes_at_once_max)));
  }
  std::string waiting(int count = events_at_once_max) { return text_of(ok(db.events.unpublished(count))); }

  static std::string text_of(const std::vector<StoredEvent>& events) {
    static constexpr const char* words[] = {"begun", "phase", "delta", "answer", "scores", "ended"};
    std::string text;
    for (const StoredEvent& one : events)
      text += (text.empty() ? "" : ", ") + one.deliberation + " " + std::to_string(one.n) + " " + words[std::to_underlying(one.event.kind)];
    return text;
  }

  void publish_all() {
    std::vector<EventId> ids;
    for (const StoredEvent& one : ok(db.events.unpublished(events_at_once_max))) ids.push_back(one.id);
    ok(db.events.note_published(std::move(ids)));
  }

  const DeliberationPlan plan = preset_plan("independent", {}).value();
  const DeliberationRequest request = DeliberationScript::request_for(2);
};

using std::chrono_literals::operator""s;

TEST_F(EventOutboxContract, each_change_of_a_deliberation_tells_of_itself) {
  add("a");
  ok(db.deliberations.tell("a", {phase(0), delta(1, "ele")}));
  ok(db.deliberations.record("a", call(0)));
  ok(db.deliberations.end("a", completed()));
  EXPECT_EQ(told("a"), "a 1 begun, a 2 phase, a 3 delta, a 4 answer, a 5 scores, a 6 ended");
  add("b");
  ok(db.deliberations.end("b", failed()));
  EXPECT_EQ(told("b"), "b 1 begun, b 2 ended");
}

TEST_F(EventOutboxContract, an_event_is_read_back_as_it_was_told) {
  add("a");
  db.clock.advance(1s);
  ok(db.deliberations.tell("a", {delta(4, "eleven \xC3\xA9\n")}));
  const StoredEvent told = ok(db.events.of("a", 1, 1, 1)).at(0);
  EXPECT_EQ(told.deliberation, "a");
  EXPECT_EQ(told.at, start + 1s);
  EXPECT_EQ(told.event, delta(4, "eleven \xC3\xA9\n"));
  EXPECT_FALSE(told.call);
}

TEST_F(EventOutboxContract, an_answer_brings_the_record_of_its_call) {
  add("a");
  add("b");
  ok(db.deliberations.record("a", call(0)));
  ok(db.deliberations.record("b", call(0)));
  ok(db.deliberations.record("a", call(1)));
  const auto events = ok(db.events.of("a", 1, 10, event_bytes_at_once_max));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].call, call(0));
  EXPECT_EQ(events[1].call, call(1));
  EXPECT_EQ(events[1].event.call, call(1).name);
  EXPECT_EQ(ok(db.events.unpublished(10)).back().call, call(1));
}

TEST_F(EventOutboxContract, what_is_refused_tells_nothing) {
  add("a");
  ok(db.deliberations.record("a", call(0)));
  EXPECT_EQ(code_of(db.deliberations.record("a", call(0))), ErrorCode::conflict);
  EXPECT_EQ(code_of(db.deliberations.add({.id = "a", .request = request, .plan = plan})), ErrorCode::conflict);
  EXPECT_EQ(code_of(db.deliberations.tell("x", {phase(0)})), ErrorCode::not_found);
  ok(db.deliberations.end("a", failed()));
  EXPECT_EQ(code_of(db.deliberations.tell("a", {phase(0)})), ErrorCode::conflict);
  EXPECT_EQ(code_of(db.deliberations.end("a", failed())), ErrorCode::conflict);
  EXPECT_EQ(told("a"), "a 1 begun, a 2 answer, a 3 ended");
}

TEST_F(EventOutboxContract, what_is_told_again_stands_once) {
  add("a");
  add("b");
  ok(db.deliberations.tell("a", {phase(0), delta(1, "ele")}));
  ok(db.deliberations.tell("b", {delta(1, "ele")}));
  ok(db.deliberations.tell_again("a", {phase(0), delta(1, "ele")}));
  EXPECT_EQ(told("a"), "a 1 begun, a 2 phase, a 3 delta");
  // What only looks like it.
  ok(db.deliberations.tell_again("a", {phase(1), delta(1, "ele")}));
  ok(db.deliberations.tell_again("a", {delta(1, "ele"), delta(2, "ven")}));
  ok(db.deliberations.tell_again("a", {delta(2, "VEN")}));
  EXPECT_EQ(told("a"), "a 1 begun, a 2 phase, a 3 delta, a 4 phase, a 5 delta, a 6 delta, a 7 delta, a 8 delta");
  ok(db.deliberations.tell_again("b", std::vector(4, phase(0))));
  EXPECT_EQ(told("b"), "b 1 begun, b 2 delta, b 3 phase, b 4 phase, b 5 phase, b 6 phase");
  ok(db.deliberations.end("a", failed()));
  EXPECT_EQ(code_of(db.deliberations.tell_again("a", {delta(2, "VEN")})), ErrorCode::conflict);
  EXPECT_EQ(code_of(db.deliberations.tell_again("x", {phase(0)})), ErrorCode::not_found);
}

TEST_F(EventOutboxContract, one_deliberation_is_read_on_from_any_event) {
  add("a");
  add("b");
  ok(db.deliberations.tell("a", {phase(0), phase(1), phase(2)}));
  EXPECT_EQ(told("a", 1, 2), "a 2 phase, a 3 phase");
  EXPECT_EQ(told("a", 3, 2), "a 4 phase");
  EXPECT_EQ(told("a", 4), "");
  EXPECT_EQ(told("x"), "");
}

// Thousands of the longest answers would not fit into memory.
TEST_F(EventOutboxContract, what_is_read_at_once_ends_behind_the_event_that_makes_it_large) {
  add("a");
  for (const std::uint32_t agent : {0u, 1u, 2u}) {
    FinishedCall long_one = call(agent);
    long_one.text = std::string(event_bytes_at_once_max / 2 + 1, 'x');
    ok(db.deliberations.record("a", std::move(long_one)));
  }
  ok(db.deliberations.tell("a", {phase(1)}));
  EXPECT_EQ(told("a"), "a 1 begun, a 2 answer, a 3 answer");
  EXPECT_EQ(waiting(), "a 1 begun, a 2 answer, a 3 answer");
  EXPECT_EQ(told("a", 3), "a 4 answer, a 5 phase");
  EXPECT_EQ(text_of(ok(db.events.of("a", 0, 10, 1))), "a 1 begun, a 2 answer");
}

TEST_F(EventOutboxContract, what_was_published_waits_no_more) {
  add("a");
  add("b");
  ok(db.deliberations.tell("a", {phase(0)}));
  EXPECT_EQ(waiting(2), "a 1 begun, b 1 begun");
  EXPECT_EQ(ok(db.events.backlog()), (EventBacklog{.waiting = 3, .oldest = start}));
  const auto all = ok(db.events.unpublished(3));
  ok(db.events.note_published({all[0].id, all[2].id, EventId{1'000'000}}));
  EXPECT_EQ(waiting(), "b 1 begun");
  ok(db.events.note_published({all[1].id}));
  EXPECT_EQ(waiting(), "");
  EXPECT_EQ(ok(db.events.backlog()), EventBacklog{});
  EXPECT_EQ(told("a"), "a 1 begun, a 2 phase");
}

TEST_F(EventOutboxContract, what_was_published_can_be_published_again_part_by_part) {
  EXPECT_EQ(ok(db.events.last()), std::nullopt);
  for (const char* id : {"a", "b", "c", "d"}) {
    add(id);
    db.clock.advance(1s);
  }
  publish_all();
  const auto from = ok(db.events.first_since(start + 1s));
  const auto until = ok(db.events.last());
  ASSERT_TRUE(from && until);
  const Again first = ok(db.events.publish_again(*from, *until, 2));
  EXPECT_EQ(first.count, 2);
  ASSERT_TRUE(first.last);
  EXPECT_EQ(waiting(), "b 1 begun, c 1 begun");
  EXPECT_EQ(ok(db.events.publish_again(EventId{std::to_underlying(*first.last) + 1}, *until, 2)), (Again{.count = 1, .last = until}));
  EXPECT_EQ(waiting(), "b 1 begun, c 1 begun, d 1 begun");
  EXPECT_EQ(ok(db.events.publish_again(EventId{std::to_underlying(*until) + 1}, *until, 2)), Again{});
  EXPECT_EQ(ok(db.events.first_since(start + 9s)), std::nullopt);
}

TEST_F(EventOutboxContract, old_events_go_once_their_deliberation_has_ended) {
  add("a");
  add("b");
  db.clock.advance(1s);
  ok(db.deliberations.end("a", failed()));
  publish_all();
  EXPECT_EQ(ok(db.retention.prune_events(start + 1s, 100)), 0);  // they were published later
  EXPECT_EQ(ok(db.retention.prune_events(start + 2s, 100)), 2);
  EXPECT_EQ(told("a"), "");
  EXPECT_EQ(told("b"), "b 1 begun");
  ok(db.deliberations.tell("b", {phase(0)}));
  EXPECT_EQ(told("b"), "b 1 begun, b 2 phase");
}

TEST_F(EventOutboxContract, events_that_nobody_published_go_by_the_time_they_were_stored) {
  for (const char* id : {"a", "b"}) {
    add(id);
    ok(db.deliberations.end(id, failed()));
    db.clock.advance(1s);
  }
  EXPECT_EQ(ok(db.retention.prune_events(start + 1s, 1)), 1);
  EXPECT_EQ(ok(db.retention.prune_events(start + 1s, 100)), 1);
  EXPECT_EQ(ok(db.retention.prune_events(start + 1s, 100)), 0);
  EXPECT_EQ(waiting(), "b 1 begun, b 2 ended");
}

}  // namespace orc
