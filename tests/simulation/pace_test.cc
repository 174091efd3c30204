#include "tests/simulation/pace.h"

#include <gtest/gtest.h>

namespace orc::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Pace {
  const char* name;
  std::uint64_t worlds;
  std::chrono::milliseconds simulated;
  std::chrono::duration<double> wall;
  const char* slow;  // the words in which it is told; nothing: it is fast enough
};

void PrintTo(const Pace& pace, std::ostream* out) { *out << pace.name; }

class pace_of_a_simulation : public testing::TestWithParam<Pace> {};

TEST_P(pace_of_a_simulation, is_held_to_both_rates) {
  const auto slow = too_slow(GetParam().worlds, GetParam().simulated, GetParam().wall);
  ASSERT_EQ(slow.has_value(), GetParam().slow != nullptr) << slow.value_or("");
  if (slow) {
    EXPECT_NE(slow->find(GetParam().slow), std::string::npos) << *slow;
  }
}

INSTANTIATE_TEST_SUITE_P(all, pace_of_a_simulation,
                         testing::Values(Pace{"in_the_last_second", 10'000, hours{300}, minutes{5}, nullptr},
                                         Pace{"too_few_worlds", 10'000, hours{400}, minutes{5} + seconds{1}, "33.2"},
                                         Pace{"too_few_hours", 10'000, hours{299}, minutes{5}, "simulated hours"},
                                         Pace{"few_worlds_at_the_same_rates", 500, hours{15}, seconds{15}, nullptr},
                                         Pace{"few_worlds_too_slowly", 500, hours{17}, seconds{16}, "worlds in a second"},
                                         Pace{"none", 0, seconds{0}, seconds{0}, nullptr}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace orc::simulation
