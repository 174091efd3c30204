#include "adapters/sandbox/warm_usage.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

using namespace std::chrono_literals;

class CountedByHand final : public UsageMeter {
 public:
  std::optional<std::chrono::milliseconds> cpu_time() const override {
    ++readings;
    return cpu;
  }
  std::optional<std::int64_t> peak_bytes() const override { return peak; }
  void forget_peak() override { peak = now; }

  std::chrono::milliseconds cpu{};
  std::int64_t now = 1000, peak = 1000;
  mutable int readings = 0;
};

class WarmUsageTest : public testing::Test {
 protected:
  WarmUsageTest() { usage_.count_with(&meter_); }

  static constexpr WarmRequestId first{1}, second{2}, third{3};
  const SteadyTime start_{};
  CountedByHand meter_;
  WarmUsage usage_{start_};
};

TEST_F(WarmUsageTest, whoever_is_alone_all_the_time_is_told_what_the_process_used) {
  meter_.cpu = 100ms;
  meter_.peak = 9'000'000;  // of an earlier one
  usage_.sent(first);
  meter_.cpu = 130ms;
  meter_.peak = 5000;
  EXPECT_EQ(usage_.took(first, start_ + 1s, start_ + 3s), (Usage{.cpu = 30ms, .peak_bytes = 5000, .wall = 2s}));
  usage_.sent(second);
  EXPECT_EQ(usage_.took(second, start_ + 4s, start_ + 4s), (Usage{.cpu = 0ms, .peak_bytes = 1000, .wall = 0s}));
}

TEST_F(WarmUsageTest, of_those_in_company_only_the_time_is_told) {
  usage_.sent(first);
  usage_.sent(second);
  meter_.cpu = 30ms;
  EXPECT_EQ(usage_.took(first, start_ + 1s, start_ + 2s), (Usage{.cpu = {}, .peak_bytes = {}, .wall = 1s}));
  EXPECT_EQ(usage_.took(second, start_ + 1s, start_ + 3s), (Usage{.cpu = {}, .peak_bytes = {}, .wall = 2s})) << "it had company before";
  usage_.sent(third);
  meter_.cpu = 40ms;
  EXPECT_EQ(usage_.took(third, start_ + 3s, start_ + 4s).cpu, 10ms) << "nobody is left who could have used it";
}

TEST_F(WarmUsageTest, nothing_is_read_for_whoever_joins_others) {
  usage_.sent(first);
  const int so_far = meter_.readings;
  for (int i = 2; i < 100; ++i) usage_.sent(WarmRequestId{i});
  for (int i = 1; i < 100; ++i) usage_.took(WarmRequestId{i}, start_, start_);
  EXPECT_EQ(meter_.readings, so_far);
}

TEST_F(WarmUsageTest, what_is_cut_off_of_one_is_the_next_ones) {
  std::chrono::milliseconds sum{};
  for (int i = 0; i < 10; ++i) {
    usage_.sent(first);
    sum += usage_.took(first, start_ + i * 700us, start_ + (i + 1) * 700us).wall;
  }
  EXPECT_EQ(sum, 7ms);
}

TEST_F(WarmUsageTest, at_the_end_of_the_process_its_last_reading_holds) {
  usage_.sent(first);
  meter_.cpu = 50ms;
  usage_.count_with(nullptr);
  EXPECT_EQ(usage_.took(first, start_, start_ + 1s).cpu, 50ms);
  usage_.count_with(&meter_);
  usage_.sent(second);
  usage_.ended_with(80ms, 7000);
  EXPECT_EQ(usage_.took(second, start_, start_ + 1s), (Usage{.cpu = 30ms, .peak_bytes = 7000, .wall = 1s}));
}

TEST_F(WarmUsageTest, where_nobody_counts_nothing_is_told) {
  WarmUsage uncounted(start_);
  uncounted.sent(first);
  EXPECT_EQ(uncounted.took(first, start_, start_ + 1s), (Usage{.cpu = {}, .peak_bytes = {}, .wall = 1s}));
}

}  // namespace
}  // namespace orc
