#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/nats/nats_event_publisher.h"
#include "adapters/nats/private_nats.h"
#include "application/event/publish_events.h"
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
using nats::PrivateNats;

constexpr int deliberations = 40;
constexpr int events_of_each_usual = 125;  // 5,000 together; ORC_STORM_EVENTS=500 makes it the 20,000 of the promise
constexpr int kills = 20;
constexpr int wipes = 3;

// Everything between a store and a real server (attacks.md is where the numbers come from: row R17).
class EventStorm : public testing::Test {
 protected:
  void add_all() {
    const DeliberationEvent delta{.kind = EventKind::delta, .attempt = 1, .part = 1, .text = "eleven"};
    for (int i = 0; i < deliberations; ++i)
      ok(store.add(
          {.id = "d" + std::to_string(i), .request = DeliberationScript::request_for(1), .plan = preset_plan("independent", {}).value()}));
    // In turn, so that their events are mixed.
    for (int n = 1; n < events_of_each; n += 10)
      for (int i = 0; i < deliberations; ++i)
        ok(store.tell("d" + std::to_string(i), std::vector(static_cast<std::size_t>(std::min(10, events_of_each - n)), delta)));
  }
  void publish() {
    clock.advance(5s);  // the pause after a failure
    ok(publishing.run_once());
  }
  bool is_done() { return ok(outbox.backlog()).waiting == 0; }

  static std::pair<std::string, int> place_of(const std::string& body) {
    const auto text_behind = [&](std::string_view name, char end) {
      const auto at = body.rfind(name) + name.size();
      return body.substr(at, body.find(end, at) - at);
    };
    return {text_behind(R"("metadata":{"deliberation_id":")", '"'), std::stoi(text_behind(R"("n":)", ','))};
  }

  static int number_of_events() {
    const char* const given = std::getenv("ORC_STORM_EVENTS");
    return given ? std::atoi(given) : events_of_each_usual;
  }

  const int events_of_each = number_of_events();
  FakeClock clock;
  MemoryState state{clock};
  MemoryDeliberationStore store{state};
  MemoryEventOutbox outbox{state};
  FakeRandom random;
  RecordingEventLog log;
  Sha256Digest digest;
  PrivateNats server;
  NatsEventPublisher publisher{{.servers = server.url()}, digest};
  PublishEvents publishing{
      {.outbox = outbox, .deliberations = store, .publisher = publisher, .clock = clock, .random = random, .log = log}};
};

TEST_F(EventStorm, no_event_is_missing_or_out_of_order_however_often_the_server_is_killed_or_wiped) {
  add_all();
  for (int kill = 1; kill <= kills; ++kill) {
    {
      // What was published before a wipe is published again, so later ambushes have enough to wait for.
      const nats::Ambush ambush(server, events_of_each / 4 * (kill % 7 + 1));
      publish();
    }
    server.kill();
    if (kill % (kills / wipes) == 0) server.wipe();
    server.start();
  }
  while (!is_done()) publish();

  std::map<std::string, std::vector<int>> seen;
  std::map<std::string, std::set<std::string>> names;
  for (const PrivateNats::Kept& one : server.kept("ORC_EVENTS")) {
    const auto [deliberation, n] = place_of(one.body);
    if (names[one.id].empty()) seen[deliberation].push_back(n);
    names[one.id].insert(one.body);
  }
  ASSERT_EQ(seen.size(), static_cast<std::size_t>(deliberations));
  for (const auto& [deliberation, numbers] : seen) {
    EXPECT_EQ(numbers.size(), static_cast<std::size_t>(events_of_each)) << deliberation;
    EXPECT_TRUE(std::ranges::is_sorted(numbers)) << deliberation;
  }
  EXPECT_TRUE(std::ranges::all_of(names, [](const auto& name) { return name.second.size() == 1; }));
  EXPECT_EQ(publishing.state().repeats, wipes);
}

}  // namespace
}  // namespace orc
