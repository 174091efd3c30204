#include "adapters/postgres/late_refusals.h"

#include <chrono>
#include <gtest/gtest.h>
#include <optional>

namespace orc::postgres {
namespace {

using namespace std::chrono_literals;

// Counts the looks of a LateRefusals, and waits for them.
class Looks {
 public:
  void note() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  bool come_to(int count, std::chrono::milliseconds within) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, within, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;  // guarded by mutex_
};

TEST(LateRefusals, looks_again_and_again_while_somebody_asks_and_rests_else) {
  Looks looks;
  LateRefusals late_refusals;
  late_refusals.start([&] { looks.note(); });
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(looks.come_to(looks.count() + 2, 450ms)) << "one may be under way";
    const LateRefusals::Asking first(late_refusals);
    { const LateRefusals::Asking second(late_refusals); }
    EXPECT_TRUE(looks.come_to(looks.count() + 3, 10s));
  }
}

TEST(LateRefusals, who_asks_may_outlive_it) {
  Looks looks;
  std::optional<LateRefusals> late_refusals(std::in_place);
  late_refusals->start([&] { looks.note(); });
  const LateRefusals::Asking asking(*late_refusals);
  EXPECT_TRUE(looks.come_to(1, 10s));
  late_refusals.reset();
}

TEST(LateRefusals, one_that_never_started_ends) {
  LateRefusals late_refusals;
  const LateRefusals::Asking asking(late_refusals);
  late_refusals.stop();
  late_refusals.stop();
}

}  // namespace
}  // namespace orc::postgres
