#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include "tests/contract/random_seed.h"

namespace orc::simulation {
namespace {

constexpr std::uint64_t seeds_of_a_test = 50;  // with sanitizers; ./dev test runs 500 without
constexpr std::uint64_t seeds_to_find_a_bug = 100;

// The first of them that breaks a promise; nothing, if none does.
std::optional<std::uint64_t> first_broken(std::uint64_t first, std::uint64_t count, PlantedBug bug) {
  for (std::uint64_t seed = first; seed < first + count; ++seed)
    if (simulate(seed, bug, Trace::Text::none).broken) return seed;
  return {};
}

TEST(simulation, fifty_worlds_keep_every_promise) {
  const std::uint64_t first = random_seed();
  const auto broken = first_broken(first, seeds_of_a_test, PlantedBug::none);
  if (broken) FAIL() << report(*broken, PlantedBug::none) << "replay: ./dev torture --simulate --seed " << *broken << " --seeds 1";
}

TEST(simulation, a_seed_gives_the_same_history_every_time) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Outcome once = simulate(seed, PlantedBug::none, Trace::Text::none);
    const Outcome again = simulate(seed, PlantedBug::none, Trace::Text::last_lines);
    EXPECT_EQ(once.trace_number, again.trace_number) << "seed " << seed;
    EXPECT_EQ(once.account.line(), again.account.line()) << "seed " << seed;
  }
}

struct Planted {
  const char* name;
  PlantedBug bug;
};

class planted_bug : public testing::TestWithParam<Planted> {};

TEST_P(planted_bug, is_found_within_a_hundred_seeds) {
  const auto found = first_broken(1, seeds_to_find_a_bug, GetParam().bug);
  ASSERT_TRUE(found.has_value());
  RecordProperty("seed", static_cast<int>(*found));
  EXPECT_FALSE(simulate(*found, PlantedBug::none, Trace::Text::none).broken) << "without the bug the same world is sound";
}

INSTANTIATE_TEST_SUITE_P(simulation, planted_bug,
                         testing::Values(Planted{"fence_is_not_checked", PlantedBug::fence_is_not_checked},
                                         Planted{"claim_ignores_removal", PlantedBug::claim_ignores_removal},
                                         Planted{"keys_are_forgotten", PlantedBug::keys_are_forgotten},
                                         Planted{"callbacks_are_noted_first", PlantedBug::callbacks_are_noted_first},
                                         Planted{"events_are_noted_first", PlantedBug::events_are_noted_first}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace orc::simulation
