#include "domain/placement/claim_room.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

constexpr PlacementClassId small{1}, big{2}, huge{3};

struct Host {
  ClaimRoom::Classes classes = {
      {small, {.resources = {.memory_mb = 1}}}, {big, {.resources = {.memory_mb = 8}}}, {huge, {.resources = {.memory_mb = 30}}}};
  ClaimRoom room{Room(Isolation::strict, {.memory_mb = 24}), 100, classes};
};

TEST(claim_room, what_is_taken_is_held) {
  Host host;
  host.room.hold(big, 2);
  EXPECT_EQ(host.room.space_for(big, 10, Standing::before), 1);
  EXPECT_EQ(host.room.space_for(small, 10, Standing::before), 8);
  host.room.take(small);
  EXPECT_EQ(host.room.fit(big), Fit::later);
  EXPECT_EQ(host.room.fit(huge), Fit::never);
  EXPECT_TRUE(host.room.may_take(PlacementClassId{99}, Standing::before)) << "a class that nobody knows needs nothing";
}

TEST(claim_room, what_stands_behind_a_job_that_waits_too_long_leaves_room_for_it) {
  const struct {
    std::string what;
    std::int64_t smalls, bigs;  // that run
    std::int64_t before, behind;
  } cases[] = {{"only small ones run: one more would be in the way", 20, 0, 4, 0},
               {"enough is free once they have ended", 15, 1, 1, 1},
               {"its own kind runs: the rest is free for others", 0, 2, 8, 8},
               {"its own kind and others", 7, 2, 1, 1}};
  for (const auto& [what, smalls, bigs, before, behind] : cases) {
    Host host;
    host.room.hold(small, smalls);
    host.room.hold(big, bigs);
    host.room.keep_for(big);
    EXPECT_EQ(host.room.space_for(small, 10, Standing::before), before) << what;
    EXPECT_EQ(host.room.space_for(small, 10, Standing::behind), behind) << what;
  }
}

TEST(claim_room, room_is_kept_also_from_what_this_claim_takes) {
  Host host;
  host.room.hold(small, 14);
  host.room.hold(big, 1);
  host.room.keep_for(big);
  EXPECT_EQ(host.room.space_for(small, 10, Standing::behind), 2);
  host.room.take(small);
  EXPECT_EQ(host.room.space_for(small, 10, Standing::behind), 1);
  host.room.take(small);
  EXPECT_FALSE(host.room.may_take(small, Standing::behind));
}

TEST(claim_room, slots_and_requests_to_warm_processes_are_counted_apart_and_one_plugin_does_not_take_all_of_them) {
  constexpr PlacementClassId first{4}, second{5};
  const ClaimRoom::Classes classes = {{small, {.resources = {.memory_mb = 1}}},
                                      {first, {.warm = WarmNeeds{.pool = "a", .requests_max = 6}}},
                                      {second, {.warm = WarmNeeds{.pool = "b", .requests_max = 6}}}};
  ClaimRoom room(Room(Isolation::strict, {.memory_mb = 1000, .warm_requests = 10}), 2, classes);
  EXPECT_EQ(room.space_for(small, 100, Standing::before), 2);
  EXPECT_EQ(room.space_for(first, 100, Standing::before), 6);
  room.hold(first, 6);
  EXPECT_EQ(room.fit(first), Fit::later);
  EXPECT_FALSE(room.lacks_room(first)) << "nothing is kept for it";
  EXPECT_EQ(room.space_for(second, 100, Standing::before), 4);
  room.hold(second, 4);
  EXPECT_EQ(room.fit(second), Fit::later);
  EXPECT_EQ(room.space_for(small, 100, Standing::before), 2);
  room.hold(small, 2);
  EXPECT_EQ(room.fit(small), Fit::later);
  room.hold(small, -1);
  EXPECT_EQ(room.space_for(small, 100, Standing::before), 1);
  const ClaimRoom cold(Room(Isolation::strict, {}), 3, classes);
  EXPECT_EQ(cold.fit(first), Fit::never) << "it has no warm processes";
  EXPECT_EQ(cold.space_for(small, 100, Standing::before), 3);
}

TEST(claim_room, a_warm_request_takes_its_part_of_the_process_that_serves_it) {
  PluginSpec spec;
  spec.command = {"./run"};
  spec.limits.memory_mb = 100;
  spec.resources.cpus = 2;
  EXPECT_EQ(requirements_of(spec).warm, std::nullopt);
  spec.mode = PluginMode::warm;
  spec.warm.processes_max = 3;
  spec.warm.in_flight = 8;
  const Requirements needs = requirements_of(spec);
  EXPECT_EQ(needs.resources.memory_mb, 13);
  EXPECT_EQ(needs.resources.cpus, 0.25);
  EXPECT_EQ(needs.warm->requests_max, 48);
  spec.warm.in_flight = 1000;
  EXPECT_EQ(requirements_of(spec).warm->requests_max, worker_warm_requests / 2);
  spec.command = {"./other"};
  EXPECT_NE(requirements_of(spec).warm->pool, needs.warm->pool);
}

TEST(claim_room, a_bottomless_one_takes_what_fits_at_all) {
  Host host;
  ClaimRoom room = host.room.bottomless();
  for (int i = 0; i < 100; ++i) room.take(big);
  EXPECT_EQ(room.space_for(big, 50, Standing::before), 50);
  EXPECT_FALSE(room.may_take(huge, Standing::before));
}

}  // namespace
}  // namespace orc
