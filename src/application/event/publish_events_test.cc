#include "application/event/publish_events.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "application/event/replay_events.h"
#include "domain/deliberation/deliberation_script.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/memory_deliberation_store.h"
#include "tests/fakes/memory_event_outbox.h"
#include "tests/fakes/recording_event_log.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

// Keeps what it is given, each name once, unless a switch is set.
class MemoryPublisher final : public EventPublisher {
 public:
  Async<PublishedBefore> prepare() override {
    ++prepared;
    if (is_away) co_return fail(ErrorCode::unavailable, "nobody is there");
    connected = true;
    co_return has_place ? PublishedBefore::kept : PublishedBefore::lost;
  }

  Async<void> make_place() override {
    if (is_away) co_return fail(ErrorCode::unavailable, "nobody is there");
    has_place = true;
    if (loses_answers) co_return fail(ErrorCode::unavailable, "it made a place, and went away");
    co_return Result<void>{};
  }

  boost::asio::awaitable<PublishOutcome> publish(std::vector<EventToPublish> events) override {
    PublishOutcome outcome;
    std::set<std::shared_ptr<const Deliberation>> about;
    for (const EventToPublish& one : events) {
      if (is_away || !has_place || kept.size() == room) {
        connected = false;
        outcome.stopped = Error{ErrorCode::unavailable, "it went away"};
        break;
      }
      if (one.event.event.kind == refused) {
        outcome.refused.push_back(one.event.id);
        continue;
      }
      if (std::ranges::find(kept, one.event.id) == kept.end()) kept.push_back(one.event.id);
      about.insert(one.deliberation);
      if (one.event.event.kind == EventKind::ended && !one.deliberation->end) ++ended_without_an_end;
      told += one.deliberation->id + std::to_string(one.event.n) + " ";
      outcome.taken.push_back(one.event.id);
    }
    about_most = std::max(about_most, about.size());
    co_return outcome;
  }

  bool is_connected() const override { return connected; }

  void wipe() {
    kept.clear();
    has_place = false;
    connected = false;
  }

  bool is_away = false;
  bool loses_answers = false;
  bool has_place = false;
  bool connected = false;
  std::size_t room = 1'000'000;
  std::optional<EventKind> refused;
  int prepared = 0;
  int ended_without_an_end = 0;
  std::size_t about_most = 0;  // deliberations that one call told of
  std::vector<EventId> kept;
  std::string told;
};

class publish_events : public testing::Test {
 protected:
  void add(std::string id) {
    ok(store.add({.id = std::move(id), .request = DeliberationScript::request_for(2), .plan = preset_plan("independent", {}).value()}));
  }
  void tell(const std::string& id, int count = 1) {
    ok(store.tell(id, std::vector<DeliberationEvent>(static_cast<std::size_t>(count), {.kind = EventKind::phase})));
  }
  void publish() { ok(publishing.run_once()); }
  void publish_after_the_pause() {
    clock.advance(5s);
    publish();
  }
  std::string take_told() { return std::exchange(publisher.told, {}); }
  std::ptrdiff_t said(std::string_view event) const {
    return std::ranges::count_if(log.lines, [&](const std::string& line) { return line.contains(event); });
  }
  std::int64_t waiting() { return ok(outbox.backlog()).waiting; }

  FakeClock clock;
  MemoryState state{clock};
  MemoryDeliberationStore store{state};
  MemoryEventOutbox outbox{state};
  MemoryPublisher publisher;
  FakeRandom random;
  RecordingEventLog log;
  PublishEvents publishing{
      {.outbox = outbox, .deliberations = store, .publisher = publisher, .clock = clock, .random = random, .log = log}};
};

TEST_F(publish_events, what_waits_is_published_once_and_in_order) {
  add("a");
  add("b");
  tell("a");
  publish();
  EXPECT_EQ(take_told(), "a1 b1 a2 ");
  tell("b");
  publish();
  publish();
  EXPECT_EQ(take_told(), "b2 ");
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(publishing.state().published, 4);
  EXPECT_EQ(publisher.prepared, 1);
}

TEST_F(publish_events, more_than_one_round_is_published_in_one_run) {
  add("a");
  tell("a", 2 * PublishEvents::round_max);
  publish();
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(publisher.kept.size(), 2U * PublishEvents::round_max + 1);
}

TEST_F(publish_events, large_deliberations_are_not_all_read_at_once) {
  DeliberationRequestFields fields = *DeliberationScript::request_for(1);
  fields.task_description = std::string(task_description_bytes_max, 'x');
  const std::size_t at_once = PublishEvents::deliberation_bytes_max / task_description_bytes_max;
  for (std::size_t i = 0; i < 2 * at_once; ++i)
    ok(store.add({.id = "d" + std::to_string(i),
                  .request = DeliberationRequest::create(fields).value(),
                  .plan = preset_plan("independent", {}).value()}));
  for (int i = 0; i < 3; ++i) publish();
  EXPECT_EQ(publisher.kept.size(), 2 * at_once);
  EXPECT_LE(publisher.about_most, at_once);
}

TEST_F(publish_events, a_deliberation_is_read_when_it_is_met_and_when_it_has_ended) {
  add("a");
  publish();
  for (int i = 0; i < 5; ++i) {
    tell("a", 3);
    publish();
  }
  EXPECT_EQ(store.gets, 1);
  ok(store.end("a", {.status = DeliberationStatus::failed, .error = "timeout"}));
  publish();
  EXPECT_EQ(store.gets, 2);
  EXPECT_EQ(publisher.ended_without_an_end, 0);
}

TEST_F(publish_events, events_wait_while_nobody_is_there_and_the_log_says_so_once) {
  publisher.is_away = true;
  add("a");
  for (int i = 0; i < 5; ++i) publish_after_the_pause();
  EXPECT_EQ(waiting(), 1);
  EXPECT_FALSE(publishing.state().is_connected);
  EXPECT_EQ(publishing.state().reason, "nobody is there");
  EXPECT_EQ(said("events wait, as they cannot be published"), 1);
  publisher.is_away = false;
  publish_after_the_pause();
  EXPECT_EQ(take_told(), "a1 ");
  EXPECT_TRUE(publishing.state().is_connected);
  EXPECT_EQ(said("events are published"), 1);
}

TEST_F(publish_events, tries_keep_a_growing_distance) {
  publisher.is_away = true;
  random.next_dice = 0.999;
  publish();
  publish();
  EXPECT_EQ(publisher.prepared, 1);
  clock.advance(200ms);
  publish();
  EXPECT_EQ(publisher.prepared, 2);
  clock.advance(200ms);
  publish();
  EXPECT_EQ(publisher.prepared, 2);
  clock.advance(200ms);
  publish();
  EXPECT_EQ(publisher.prepared, 3);
}

TEST_F(publish_events, what_was_taken_before_a_cut_is_not_published_again) {
  add("a");
  publish();
  tell("a", 3);
  publisher.room = 3;
  publish();
  EXPECT_EQ(take_told(), "a1 a2 a3 ");
  EXPECT_EQ(waiting(), 1);
  publisher.room = 100;
  publish_after_the_pause();
  EXPECT_EQ(take_told(), "a4 ");
}

TEST_F(publish_events, what_was_lost_is_published_again_before_anything_new) {
  add("a");
  add("b");
  publish();
  take_told();
  publisher.wipe();
  tell("a");
  publish();
  EXPECT_EQ(take_told(), "a1 b1 a2 ");
  EXPECT_EQ(publishing.state().repeats, 1);
  EXPECT_EQ(waiting(), 0);
}

TEST_F(publish_events, a_loss_is_not_forgotten_by_whoever_dies_over_it) {
  add("a");
  publish();
  take_told();
  publisher.wipe();
  state.faults.changes_fail = true;
  EXPECT_FALSE(run(publishing.run_once()));
  EXPECT_FALSE(publisher.has_place) << "what was published does not wait yet";
  state.faults.changes_fail = false;
  publisher.connected = false;
  publisher.loses_answers = true;
  publish();
  EXPECT_TRUE(publisher.has_place);
  EXPECT_EQ(take_told(), "");
  // The next process sees a place and nothing that would tell of the loss.
  publisher.loses_answers = false;
  PublishEvents heir({.outbox = outbox, .deliberations = store, .publisher = publisher, .clock = clock, .random = random, .log = log});
  ok(heir.run_once());
  EXPECT_EQ(take_told(), "a1 ");
}

TEST_F(publish_events, a_loss_that_shows_while_publishing_is_mended_too) {
  add("a");
  publish();
  take_told();
  publisher.has_place = false;
  publisher.kept.clear();
  tell("a");
  publish();
  EXPECT_EQ(take_told(), "");
  publish_after_the_pause();
  EXPECT_EQ(take_told(), "a1 a2 ");
}

TEST_F(publish_events, a_repeat_that_the_store_has_cut_is_done_again) {
  add("a");
  publish();
  take_told();
  publisher.wipe();
  state.faults.changes_fail = true;
  EXPECT_EQ(code_of(publishing.run_once()), ErrorCode::unavailable);
  state.faults.changes_fail = false;
  tell("a");
  publish();
  EXPECT_EQ(take_told(), "a1 a2 ");
}

TEST_F(publish_events, what_is_refused_is_passed_over_and_said) {
  add("a");
  tell("a");
  publisher.refused = EventKind::begun;
  publish();
  EXPECT_EQ(take_told(), "a2 ");
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(publishing.state().refused, 1);
  EXPECT_EQ(said("an event was refused and is passed over"), 1);
}

TEST_F(publish_events, a_first_connection_repeats_nothing) {
  add("a");
  publish();
  EXPECT_EQ(publishing.state().repeats, 0);
  EXPECT_EQ(take_told(), "a1 ");
}

TEST_F(publish_events, what_somebody_has_lost_is_published_again_from_a_moment_or_an_event_on) {
  add("a");
  clock.advance(1s);
  const Timestamp moment = clock.now();
  add("b");
  publish();
  take_told();
  EXPECT_EQ(ok(ReplayEvents(outbox).run(moment)), 1);
  publish();
  EXPECT_EQ(take_told(), "b1 ");
  EXPECT_EQ(ok(ReplayEvents(outbox).run(EventId{1})), 2);
  publish();
  EXPECT_EQ(take_told(), "a1 b1 ");
  EXPECT_EQ(ok(ReplayEvents(outbox).run(moment + 1s)), 0);
}

TEST_F(publish_events, nothing_is_begun_after_a_stop) {
  add("a");
  publishing.request_stop();
  publish();
  EXPECT_EQ(take_told(), "");
}

}  // namespace
}  // namespace orc
