#include "domain/placement/claim_room.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

constexpr PlacementClassId small{1}, big{2}, huge{3};

struct Host {
  ClaimRoom::Classes classes = {
      {small, {.resources = {.memory_mb = 1}}}, {big, {.resources = {.memory_mb = 8}}}, {huge, {.resources = {.memory_mb = 30}}}};
  ClaimRoom room{Room(Isolation::strict, {.memory_mb = 24}), classes};
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

}  // namespace
}  // namespace orc
