#include "adapters/rest/readiness_checks.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>
#include <optional>

#include "tests/fakes/fake_clock.h"

namespace orc {
namespace {

namespace asio = boost::asio;

// Counts how often it is asked, and answers when it is let go.
class GatedProbe final : public ReadinessProbe {
 public:
  GatedProbe(asio::io_context& io, std::string name) : name_(std::move(name)), gate_(io, asio::steady_timer::time_point::max()) {}

  std::string_view name() const override { return name_; }
  Async<std::string> check() override {
    ++asked;
    boost::system::error_code opened;
    if (!open) co_await gate_.async_wait(asio::redirect_error(asio::use_awaitable, opened));
    co_return answer;
  }
  void let_go() { gate_.cancel(); }

  bool open = true;
  int asked = 0;
  Result<std::string> answer = "fine";

 private:
  const std::string name_;
  asio::steady_timer gate_;
};

struct Site {
  // Starts to ask; the answer is there once run() has returned.
  void ask(std::optional<ReadinessReport>& into) {
    asio::co_spawn(io, checks.report(), [&into](const std::exception_ptr&, ReadinessReport report) { into = std::move(report); });
  }
  // Goes on until nothing is left to do but wait for a gate that never opens.
  ReadinessReport report() {
    std::optional<ReadinessReport> got;
    ask(got);
    io.restart();
    while (!got) io.run_one();
    return *got;
  }

  asio::io_context io;
  FakeClock clock;
  GatedProbe store{io, "database"};
  GatedProbe worker{io, "worker"};
  ReadinessChecks checks{{&store, &worker}, clock, {.answer_max = std::chrono::milliseconds{20}}};
};

TEST(ReadinessChecks, each_dependency_says_how_it_is) {
  Site site;
  site.worker.answer = fail(ErrorCode::unavailable, "no sandbox");
  const auto report = site.report();
  ASSERT_EQ(report.checks.size(), 2U);
  EXPECT_EQ(report.checks[0].name, "database");
  EXPECT_EQ(report.checks[0].state, "fine");
  EXPECT_EQ(report.checks[1].state.error().message, "no sandbox");
  EXPECT_FALSE(report.all_ready());
}

TEST(ReadinessChecks, a_report_serves_for_a_second) {
  Site site;
  EXPECT_TRUE(site.report().all_ready());
  site.store.answer = fail(ErrorCode::unavailable, "the disk is full");
  site.clock.advance(std::chrono::milliseconds{999});
  EXPECT_TRUE(site.report().all_ready());
  EXPECT_EQ(site.store.asked, 1);
  site.clock.advance(std::chrono::milliseconds{1});
  EXPECT_FALSE(site.report().all_ready());
  EXPECT_EQ(site.store.asked, 2);
}

TEST(ReadinessChecks, who_comes_during_a_check_shares_it) {
  Site site;
  site.store.open = false;
  std::optional<ReadinessReport> reports[3];
  for (auto& report : reports) site.ask(report);
  site.io.poll();
  EXPECT_EQ(site.store.asked, 1);
  EXPECT_EQ(site.worker.asked, 1);
  EXPECT_FALSE(reports[0] || reports[1] || reports[2]);
  site.store.let_go();
  site.io.poll();
  for (const auto& report : reports) EXPECT_TRUE(report && report->all_ready());
}

TEST(ReadinessChecks, a_dependency_that_does_not_answer_is_away_and_the_others_are_not) {
  Site site;
  site.store.open = false;
  const auto report = site.report();
  EXPECT_EQ(report.checks[0].state.error().message, "no answer within 20 ms");
  EXPECT_EQ(report.checks[1].state, "fine");
}

TEST(ReadinessChecks, a_dependency_that_hangs_is_not_asked_again_until_it_has_answered) {
  Site site;
  site.store.open = false;
  for (int round = 1; round <= 3; ++round) {
    EXPECT_FALSE(site.report().all_ready());
    EXPECT_EQ(site.store.asked, 1);
    EXPECT_EQ(site.worker.asked, round);
    site.clock.advance(std::chrono::seconds{1});
  }
  site.store.open = true;
  site.store.let_go();
  site.io.poll();
  EXPECT_TRUE(site.report().all_ready());
  EXPECT_EQ(site.store.asked, 2);
}

TEST(ReadinessChecks, what_needs_nothing_is_ready) {
  Site site;
  ReadinessChecks none({}, site.clock);
  std::optional<ReadinessReport> got;
  asio::co_spawn(site.io, none.report(), [&got](const std::exception_ptr&, ReadinessReport report) { got = std::move(report); });
  site.io.run();
  EXPECT_TRUE(got && got->all_ready() && got->checks.empty());
}

}  // namespace
}  // namespace orc
