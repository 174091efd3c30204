#include "application/duties/watch_hosts.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view warning = "more memory promised than there is";

struct WatchHostsTest : testing::Test {
  FakeWorld world;
  WorkerBeats beats;
  WatchHosts watch{world.workers, beats, world.clock, world.log};

  WorkerId sign_on(std::int64_t memory_mb) {
    return ok(world.workers.add({.name = "host:2", .equipment = {.memory_mb = memory_mb, .host = "the host", .host_memory_mb = 24'000}}));
  }

  // A round of the duty; before it, those of `living` beat, and whoever looks at beats sees it.
  void round(std::initializer_list<WorkerId> living) {
    world.clock.advance(watch.interval());
    for (const WorkerId id : living) ok(world.workers.beat(id));
    beats.saw(ok(world.workers.list()), world.clock.steady_now());
    ok(watch.run_once());
  }

  std::ptrdiff_t warnings() const {
    return std::ranges::count_if(world.log.lines, [](const std::string& line) { return line.contains(warning); });
  }
};

TEST_F(WatchHostsTest, two_workers_that_promise_the_host_twice_are_told_of_once) {
  const WorkerId one = sign_on(21'600);
  const WorkerId two = sign_on(21'600);
  round({one, two});
  EXPECT_EQ(warnings(), 0) << "it may be one that was killed and started again";
  for (int i = 0; i < 3; ++i) round({one, two});
  EXPECT_EQ(warnings(), 1);
  EXPECT_TRUE(world.log.holds("43200 MB"));
}

TEST_F(WatchHostsTest, what_changed_and_what_comes_back_is_told_again) {
  const WorkerId one = sign_on(21'600);
  const WorkerId two = sign_on(21'600);
  for (int i = 0; i < 2; ++i) round({one, two});
  const WorkerId three = sign_on(1'000);
  for (int i = 0; i < 3; ++i) round({one, two, three});
  EXPECT_EQ(warnings(), 2);
  ok(world.workers.remove(three));
  ok(world.workers.remove(two));
  for (int i = 0; i < 2; ++i) round({one});
  EXPECT_EQ(warnings(), 2);
  const WorkerId again = sign_on(21'600);
  for (int i = 0; i < 2; ++i) round({one, again});
  EXPECT_EQ(warnings(), 3);
}

TEST_F(WatchHostsTest, a_killed_worker_and_its_successor_are_not_two) {
  const WorkerId killed = sign_on(21'600);
  round({killed});
  const WorkerId successor = sign_on(21'600);
  for (int i = 0; i < 4; ++i) round({successor});
  EXPECT_EQ(warnings(), 0);
}

}  // namespace
}  // namespace orc
