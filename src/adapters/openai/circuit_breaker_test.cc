#include "adapters/openai/circuit_breaker.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "adapters/openai/straggler_watch.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

using Ticket = CircuitBreaker::Ticket;

class circuit_breaker : public testing::Test {
 protected:
  Ticket begin() {
    const auto ticket = breaker.admit(now);
    EXPECT_TRUE(ticket);
    return ticket.value_or(Ticket{});
  }
  std::vector<Ticket> begin(int calls) {
    std::vector<Ticket> tickets;
    for (int i = 0; i < calls; ++i) tickets.push_back(begin());
    return tickets;
  }
  void fail_until_open() {
    for (int i = 0; i < CircuitBreaker::failures_max; ++i) breaker.failed(begin(), now);
    ASSERT_FALSE(breaker.admit(now));
  }
  CircuitBreaker breaker;
  SteadyTime now{1h};
};

TEST_F(circuit_breaker, opens_for_a_row_of_failures_before_which_most_calls_were_heard_of) {
  // What becomes of calls that are all under way at first, in the order in which they are begun: f fails, b begins to write, B does and is
  // broken off, s succeeds, n says nothing, and of '.' nothing is heard.
  struct Row {
    const char* what;
    std::string calls;
    bool opens;
  };
  const Row rows[] = {
      {"four", "ffff", false},
      {"five, and nothing else", "fffff", true},
      {"a dead server, of whom many wanted something", "fffff..................................................", true},
      {"five that came first, of a burst", "f....f....f....f....f....", false},
      {"a tenth of a large burst", "....f.........f.........f.........f.........f.........f.........f.........f....", false},
      {"half of a burst", ".f.f.f.f.f", true},
      {"less than half of it", ".f.f.f.f..f", false},
      {"one that was begun before and writes", "bfffff", true},
      {"one that begins to write in between", "ffffbf", false},
      {"one that succeeds in between", "fffsff", false},
      {"calls that were hung up on in between", "fnfnfnfnf", true},
      {"calls that were hung up on", "nnnnnnnnnn", false},
      {"answers that are broken off", "BBBBB", true},
      {"answers that are broken off, and one that comes whole", "BBBBsB", false},
      {"answers that are broken off where most are being written", "bbbbbbBbbbbbbBBbbBB", false},
      {"some refused, some broken off", "fBfBfBfBfB", true},
  };
  for (const Row& row : rows) {
    breaker = {};
    std::vector<Ticket> tickets = begin(static_cast<int>(row.calls.size()));
    for (std::size_t i = 0; i < tickets.size(); ++i) {
      if (row.calls[i] == 'b' || row.calls[i] == 'B') breaker.began(tickets[i]);
      if (row.calls[i] == 'f' || row.calls[i] == 'B') breaker.failed(tickets[i], now);
      if (row.calls[i] == 's') breaker.succeeded(tickets[i]);
      if (row.calls[i] == 'n') breaker.said_nothing(tickets[i]);
    }
    EXPECT_EQ(breaker.is_open(), row.opens) << row.what;
    EXPECT_EQ(breaker.admit(now).has_value(), !row.opens) << row.what;
  }
}

TEST_F(circuit_breaker, in_which_order_failures_are_heard_of_does_not_open_it) {
  const std::vector<Ticket> tickets = begin(100);
  for (const std::size_t i : {95u, 80u, 60u, 40u, 20u, 2u, 1u, 0u}) breaker.failed(tickets[i], now);
  EXPECT_FALSE(breaker.is_open());
}

TEST_F(circuit_breaker, a_server_that_is_silent_is_left_though_calls_are_begun_all_the_time) {
  std::vector<Ticket> tickets = begin(60);
  for (int i = 0; i < CircuitBreaker::failures_max; ++i) {
    EXPECT_FALSE(breaker.is_open());
    breaker.failed(tickets[static_cast<std::size_t>(i)], now);
    if (!breaker.is_open()) tickets.push_back(begin());
  }
  EXPECT_TRUE(breaker.is_open());
}

TEST_F(circuit_breaker, opens_after_failures_in_a_row_only) {
  for (int i = 0; i < 20; ++i) {
    const Ticket ticket = begin();
    if (i % 5 == 4)
      breaker.succeeded(ticket);
    else
      breaker.failed(ticket, now);
  }
}

TEST_F(circuit_breaker, lets_one_probe_through_whose_success_closes_it) {
  fail_until_open();
  now += CircuitBreaker::open_first;
  const Ticket probe = begin();
  EXPECT_FALSE(breaker.admit(now));
  breaker.succeeded(probe);
  EXPECT_TRUE(breaker.admit(now));
  EXPECT_TRUE(breaker.admit(now));
}

TEST_F(circuit_breaker, the_first_word_of_a_probe_lets_the_others_in) {
  fail_until_open();
  EXPECT_EQ(breaker.opens_at(), now + CircuitBreaker::open_first);
  now += CircuitBreaker::open_first;
  Ticket probe = begin();
  EXPECT_EQ(breaker.opens_at(), SteadyTime::max());
  breaker.began(probe);
  for (int i = 1; i < CircuitBreaker::failures_max; ++i) breaker.failed(begin(), now);
  EXPECT_TRUE(breaker.admit(now)) << "and they count anew";
}

TEST_F(circuit_breaker, a_probe_that_is_broken_off_like_those_before_opens_it_for_twice_as_long) {
  const auto break_off = [&](Ticket ticket) {
    breaker.began(ticket);
    breaker.failed(ticket, now);
  };
  for (const Ticket& ticket : begin(CircuitBreaker::failures_max)) break_off(ticket);
  for (const std::chrono::seconds wait : {1s, 2s, 4s}) {
    EXPECT_FALSE(breaker.admit(now + wait - 1ms));
    now += wait;
    break_off(begin());
  }
  now += 8s;
  breaker.succeeded(begin());
  fail_until_open();
  EXPECT_EQ(breaker.opens_at(), now + CircuitBreaker::open_first) << "a whole answer has come in between";
}

TEST_F(circuit_breaker, that_one_begins_which_was_under_way_is_nothing_new_where_answers_are_broken_off) {
  std::vector<Ticket> tickets = begin(CircuitBreaker::failures_max + 1);
  for (int i = 0; i < CircuitBreaker::failures_max; ++i) {
    breaker.began(tickets[static_cast<std::size_t>(i)]);
    breaker.failed(tickets[static_cast<std::size_t>(i)], now);
  }
  ASSERT_TRUE(breaker.is_open());
  breaker.began(tickets.back());
  EXPECT_TRUE(breaker.is_open());
  breaker.succeeded(tickets.back());
  EXPECT_FALSE(breaker.is_open());
}

TEST_F(circuit_breaker, a_probe_that_fails_opens_it_for_twice_as_long_up_to_a_bound) {
  fail_until_open();
  for (std::chrono::seconds wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    EXPECT_FALSE(breaker.admit(now + wait - 1ms));
    now += wait;
    breaker.failed(begin(), now);
  }
  EXPECT_EQ(breaker.openings(), 9);
}

TEST_F(circuit_breaker, a_probe_that_says_nothing_lets_another_through) {
  fail_until_open();
  now += 1s;
  breaker.said_nothing(begin());
  EXPECT_TRUE(breaker.admit(now));
}

TEST_F(circuit_breaker, who_was_under_way_when_it_opened_is_not_the_probe) {
  const std::vector<Ticket> early = begin(2);
  fail_until_open();
  now += 1s;
  const Ticket probe = begin();
  breaker.said_nothing(early[0]);
  EXPECT_FALSE(breaker.admit(now)) << "one probe at a time";
  breaker.failed(early[1], now);
  EXPECT_FALSE(breaker.admit(now)) << "nor does it end the probe by its failure";
  breaker.failed(probe, now);
  EXPECT_FALSE(breaker.admit(now + 2s - 1ms));
  EXPECT_TRUE(breaker.admit(now + 2s)) << "it is open for twice as long, not for four times";
  EXPECT_EQ(breaker.under_way(), 1u);
}

TEST_F(circuit_breaker, a_probe_that_fails_after_another_calls_success_counts_as_any_call) {
  const Ticket early = begin();
  fail_until_open();
  now += 1s;
  const Ticket probe = begin();
  breaker.succeeded(early);
  breaker.failed(probe, now);
  EXPECT_TRUE(breaker.admit(now));
  for (int i = 1; i < CircuitBreaker::failures_max; ++i) breaker.failed(begin(), now);
  EXPECT_EQ(breaker.opens_at(), now + CircuitBreaker::open_first) << "no longer than the first time";
}

TEST(retry_budget, is_a_share_of_the_calls) {
  RetryBudget budget(0.1, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take());
  for (int i = 0; i < 11; ++i) budget.call_was_made();
  EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take());
}

TEST(retry_wait, is_jittered_in_full_and_obeys_the_server) {
  EXPECT_EQ(retry_wait(0, 0, 0ms), 0ms);
  EXPECT_EQ(retry_wait(0, 0.5, 0ms), 250ms);
  EXPECT_EQ(retry_wait(2, 0.5, 0ms), 1000ms);
  EXPECT_EQ(retry_wait(100, 0.5, 0ms), 10'000ms);
  EXPECT_EQ(retry_wait(0, 0.5, 7000ms), 7000ms);
}

TEST(straggler_watch, late_is_behind_nineteen_of_twenty) {
  StragglerWatch watch;
  for (int i = 1; i < 20; ++i) watch.began_after(100ms);
  EXPECT_FALSE(watch.late_after());
  watch.began_after(100ms);
  EXPECT_EQ(watch.late_after(), 150ms);
  for (int i = 0; i < 64; ++i) watch.began_after(1ms);
  EXPECT_EQ(watch.late_after(), StragglerWatch::late_min);
}

}  // namespace
}  // namespace orc
