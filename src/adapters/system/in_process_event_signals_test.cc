#include "adapters/system/in_process_event_signals.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(InProcessEventSignals, who_watches_a_deliberation_hears_of_that_one_until_the_watch_ends) {
  InProcessEventSignals signals;
  int first = 0;
  int second = 0;
  int other = 0;
  auto watch = signals.watch("d", [&] { ++first; });
  const auto beside = signals.watch("d", [&] { ++second; });
  const auto elsewhere = signals.watch("d-2", [&] { ++other; });
  signals.happened("d");
  watch.reset();
  signals.happened("d");
  signals.happened("nobody's");
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
  EXPECT_EQ(other, 0);
}

}  // namespace
}  // namespace orc
