#include "adapters/nats/nats_event_publisher.h"

#include <gtest/gtest.h>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/nats/private_nats.h"
#include "domain/deliberation/deliberation_script.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/far_server.h"
#include "tests/fakes/silent_server.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using nats::PrivateNats;

class NatsPublisher : public testing::Test {
 protected:
  // Event number n of a deliberation.
  EventToPublish event(const std::string& deliberation, std::int64_t n, std::string text = "eleven") {
    auto known = std::make_shared<Deliberation>(
        Deliberation{.id = deliberation, .request = DeliberationScript::request_for(2), .plan = preset_plan("independent", {}).value()});
    StoredEvent stored{
        .id = EventId{n}, .deliberation = deliberation, .n = n, .event = {.kind = EventKind::delta, .text = std::move(text)}};
    return {.event = std::move(stored), .deliberation = std::move(known)};
  }
  PublishOutcome publish(NatsEventPublisher& publisher, std::vector<EventToPublish> events) {
    const auto work = [&](std::vector<EventToPublish> all) -> Async<PublishOutcome> {
      co_return Result<PublishOutcome>(co_await publisher.publish(std::move(all)));
    };
    return ok(work(std::move(events)));
  }
  // As PublishEvents does.
  static void make_ready(NatsEventPublisher& publisher) {
    if (ok(publisher.prepare()) == PublishedBefore::lost) ok(publisher.make_place());
  }

  Sha256Digest digest;
};

TEST_F(NatsPublisher, what_is_published_is_kept_in_its_order_with_its_name) {
  const PrivateNats server;
  NatsEventPublisher publisher({.servers = server.url()}, digest);
  make_ready(publisher);
  std::vector<EventToPublish> events;
  for (std::int64_t n = 1; n <= 50; ++n) events.push_back(event("d", n));
  EXPECT_EQ(publish(publisher, events).taken.size(), 50U);
  const auto kept = server.kept("ORC_EVENTS");
  ASSERT_EQ(kept.size(), 50U);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const EventMessage expected = event_message(events[i].event, *events[i].deliberation, digest);
    EXPECT_EQ(kept[i].subject, expected.subject);
    EXPECT_EQ(kept[i].id, expected.id);
    EXPECT_EQ(kept[i].body, expected.body);
  }
}

TEST_F(NatsPublisher, a_server_that_is_far_away_takes_many_messages_in_each_round_trip_and_each_deliberation_in_its_order) {
  const PrivateNats server;
  const FarServer far(server.port(), 50ms);
  NatsEventPublisher publisher({.servers = "nats://127.0.0.1:" + std::to_string(far.port())}, digest);
  make_ready(publisher);
  constexpr std::int64_t deliberations = 64;
  std::map<std::string, std::string> deliberation_of;  // by the message's id
  std::map<std::string, std::vector<std::string>> expected;
  std::vector<EventToPublish> events;
  for (std::int64_t n = 1; n <= 8; ++n)
    for (std::int64_t i = 0; i < deliberations; ++i) {
      events.push_back(event("d" + std::to_string(i), n));
      events.back().event.id = EventId{std::ssize(events)};
      const std::string id = event_message(events.back().event, *events.back().deliberation, digest).id;
      deliberation_of[id] = events.back().event.deliberation;
      expected[events.back().event.deliberation].push_back(id);
    }
  const std::size_t count = events.size();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(publish(publisher, std::move(events)).taken.size(), count);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 4s) << "four at a time would need 6.4 s, 32 need 0.8 s";
  std::map<std::string, std::vector<std::string>> kept;
  for (const PrivateNats::Kept& one : server.kept("ORC_EVENTS")) kept[deliberation_of[one.id]].push_back(one.id);
  EXPECT_EQ(kept, expected);
}

TEST_F(NatsPublisher, a_repeat_is_taken_and_kept_once) {
  const PrivateNats server;
  NatsEventPublisher publisher({.servers = server.url()}, digest);
  make_ready(publisher);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(publish(publisher, {event("d", 1), event("e", 1)}).taken.size(), 2U);
  EXPECT_EQ(server.kept("ORC_EVENTS").size(), 2U);
}

TEST_F(NatsPublisher, a_stream_that_is_there_was_not_lost) {
  const PrivateNats server;
  NatsEventPublisher first({.servers = server.url()}, digest);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ok(first.prepare()), PublishedBefore::lost) << "until it is made";
  for (int i = 0; i < 2; ++i) ok(first.make_place());
  EXPECT_EQ(ok(first.prepare()), PublishedBefore::kept);
  NatsEventPublisher second({.servers = server.url()}, digest);
  EXPECT_EQ(ok(second.prepare()), PublishedBefore::kept);
}

TEST_F(NatsPublisher, streams_of_others_keep_what_they_cover) {
  const PrivateNats server;
  server.make_stream("THEIRS", "vllm.streaming.>");
  NatsEventPublisher publisher({.servers = server.url()}, digest);
  make_ready(publisher);
  EXPECT_EQ(publish(publisher, {event("d", 1)}).taken.size(), 1U);
  EXPECT_EQ(server.kept("THEIRS").size(), 1U);
  EXPECT_TRUE(server.kept("ORC_EVENTS").empty());
}

TEST_F(NatsPublisher, a_stream_of_others_that_keeps_only_a_part_is_named_with_what_to_do) {
  const struct {
    const char* theirs;
    const char* ours;
  } cases[] = {{"vllm.streaming.agent-1", "vllm.streaming.>"},
               {"vllm.streaming.*.x", "vllm.streaming.>"},
               {"agent.response.completed.task-extraction", "agent.response.completed.>"}};
  for (const auto& [theirs, ours] : cases) {
    const PrivateNats server;
    server.make_stream("THEIRS", theirs);
    NatsEventPublisher publisher({.servers = server.url()}, digest);
    const auto prepared = run(publisher.prepare());
    ASSERT_FALSE(prepared) << theirs;
    for (const char* named : {"THEIRS", theirs, ours})
      EXPECT_TRUE(prepared.error().message.contains(named)) << named << " in " << prepared.error().message;
  }
}

TEST_F(NatsPublisher, a_stream_of_others_that_keeps_every_id_is_enough) {
  for (const char* theirs : {"vllm.streaming.*", "vllm.>", "*.streaming.>"}) {
    const PrivateNats server;
    server.make_stream("THEIRS", theirs);
    NatsEventPublisher publisher({.servers = server.url()}, digest);
    make_ready(publisher);
    EXPECT_EQ(publish(publisher, {event("d", 1)}).taken.size(), 1U) << theirs;
    EXPECT_EQ(server.kept("THEIRS").size(), 1U) << theirs;
  }
}

TEST_F(NatsPublisher, a_stream_that_keeps_the_requests_to_jetstream_too_is_an_error_and_no_more) {
  const PrivateNats server;
  server.make_stream("THEIRS", ">");
  NatsEventPublisher publisher({.servers = server.url()}, digest);
  for (int i = 0; i < 5; ++i) static_cast<void>(run(publisher.prepare()));  // who answers first is chance
}

TEST_F(NatsPublisher, its_own_stream_is_as_large_as_it_was_told_and_a_server_without_so_much_room_says_so) {
  const PrivateNats server("jetstream { max_file_store: 64MB }");
  NatsEventPublisher large({.servers = server.url()}, digest);
  EXPECT_EQ(ok(large.prepare()), PublishedBefore::lost);
  const auto refused = run(large.make_place());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("--events-stream-mb")) << refused.error().message;
  NatsEventPublisher small({.servers = server.url(), .stream_bytes_max = 32 << 20}, digest);
  make_ready(small);
  EXPECT_EQ(publish(small, {event("d", 1)}).taken.size(), 1U);
}

TEST(covers, judges_token_by_token) {
  const struct {
    const char* pattern;
    const char* wanted;
    bool is_covered;
  } cases[] = {{"a.b", "a.b", true},    {"a.*", "a.b", true},  {"a.>", "a.b", true}, {">", "a.*", true},  {"a.*", "a.*", true},
               {"a.b", "a.*", false},   {"a.>", "a", false},   {"a.b", "a", false},  {"a", "a.b", false}, {"*.b", "a.b", true},
               {"a.*.x", "a.*", false}, {"a.c", "a.b", false}, {"*", "a.b", false}};
  for (const auto& [pattern, wanted, is_covered] : cases) EXPECT_EQ(nats::covers(pattern, wanted), is_covered) << pattern << " " << wanted;
}

TEST_F(NatsPublisher, a_killed_server_stops_it_and_nothing_of_before_is_gone) {
  PrivateNats server;
  NatsEventPublisher publisher({.servers = server.url()}, digest);
  make_ready(publisher);
  publish(publisher, {event("d", 1)});
  server.kill();
  const PublishOutcome outcome = publish(publisher, {event("d", 2), event("d", 3)});
  EXPECT_TRUE(outcome.taken.empty());
  EXPECT_TRUE(outcome.stopped);
  EXPECT_EQ(code_of(publisher.prepare()), ErrorCode::unavailable);
  server.start();
  EXPECT_EQ(ok(publisher.prepare()), PublishedBefore::kept);
  EXPECT_EQ(publish(publisher, {event("d", 2)}).taken.size(), 1U);
  EXPECT_EQ(server.kept("ORC_EVENTS").size(), 2U);
}

TEST_F(NatsPublisher, a_wiped_server_has_lost_what_was_published) {
  PrivateNats server;
  NatsEventPublisher publisher({.servers = server.url()}, digest);
  make_ready(publisher);
  server.kill();
  server.wipe();
  server.start();
  EXPECT_EQ(ok(publisher.prepare()), PublishedBefore::lost);
}

TEST_F(NatsPublisher, one_that_is_too_large_is_refused_and_the_next_goes_on) {
  const PrivateNats server("max_payload: 4096");
  NatsEventPublisher publisher({.servers = server.url()}, digest);
  make_ready(publisher);
  const PublishOutcome outcome = publish(publisher, {event("d", 1, std::string(8192, 'x')), event("d", 2)});
  EXPECT_EQ(outcome.refused, std::vector{EventId{1}});
  EXPECT_EQ(outcome.taken, std::vector{EventId{2}});
  EXPECT_FALSE(outcome.stopped);
}

TEST_F(NatsPublisher, a_wrong_password_is_an_error_that_does_not_show_it) {
  const PrivateNats server("authorization { user: orc, password: right-one }");
  for (const char* password : {"canary-password", "right-one"}) {
    NatsEventPublisher publisher({.servers = "nats://orc:" + std::string(password) + "@127.0.0.1:" + std::to_string(server.port())},
                                 digest);
    const auto prepared = run(publisher.prepare());
    ASSERT_EQ(prepared.has_value(), std::string_view(password) == "right-one");
    if (!prepared) EXPECT_FALSE(prepared.error().message.contains("canary"));
  }
}

TEST_F(NatsPublisher, whoever_listens_and_is_silent_is_given_up) {
  const SilentServer silent;
  NatsEventPublisher publisher({.servers = "nats://127.0.0.1:" + std::to_string(silent.port())}, digest);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(code_of(publisher.prepare()), ErrorCode::unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2 * nats::answer_max);
}

TEST_F(NatsPublisher, a_server_that_hangs_is_given_up_and_found_again) {
  const PrivateNats server;
  NatsEventPublisher publisher({.servers = server.url()}, digest);
  make_ready(publisher);
  server.pause();
  EXPECT_TRUE(publish(publisher, {event("d", 1)}).stopped);
  server.go_on();
  make_ready(publisher);
  EXPECT_EQ(publish(publisher, {event("d", 1)}).taken.size(), 1U);
  EXPECT_EQ(server.kept("ORC_EVENTS").size(), 1U);
}

}  // namespace
}  // namespace orc
