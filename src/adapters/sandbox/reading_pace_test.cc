#include "adapters/sandbox/reading_pace.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

using namespace std::chrono_literals;

TEST(ReadingPace, what_takes_little_is_read_at_once) {
  ReadingPace pace;
  SteadyTime now{1h};
  for (int i = 0; i < 1000; ++i, now += 10ms) EXPECT_EQ(pace.after(now, now + 200us), 0ms);
}

TEST(ReadingPace, what_takes_more_is_read_at_the_pace_of_a_fortieth_of_the_thread) {
  ReadingPace pace;
  SteadyTime now{1h};
  const SteadyTime begin = now;
  std::chrono::nanoseconds taken{0};
  while (now - begin < 60s) {
    const auto pause = pace.after(now, now + 2ms);
    EXPECT_LE(pause, ReadingPace::pause_max);
    taken += 2ms;
    now += 2ms + pause;
  }
  EXPECT_GE(taken, 60'000ms / (ReadingPace::share + 1));
  EXPECT_LE(taken, 60'000ms / ReadingPace::share + ReadingPace::at_once_max + 10ms);
}

TEST(ReadingPace, a_thread_that_was_kept_from_running_costs_one_pause_and_a_rest_is_not_saved_up) {
  ReadingPace pace;
  SteadyTime now{1h};
  EXPECT_EQ(pace.after(now, now + 10s), ReadingPace::pause_max);
  now += 10s + ReadingPace::pause_max;
  EXPECT_EQ(pace.after(now, now + 1ms), 40ms);
  now += 1h;
  EXPECT_EQ(pace.after(now, now + 20ms), 0ms);
  now += 20ms;
  EXPECT_EQ(pace.after(now, now + 1ms), 40ms) << "an hour's rest is worth no more than a moment's";
}

}  // namespace
}  // namespace orc
