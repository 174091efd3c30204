#include "adapters/warm_pool/warm_schedule.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace orc {
namespace {

using namespace std::chrono_literals;

constexpr WarmPoolName of(int plugin, int owner = 1) {
  return {.version = PluginVersionId{plugin}, .share = WarmShare::owner, .owner = UserId{owner}};
}

// A schedule and what became of it. Acts are told as words: "start 1", "dispatch 1 5" (process, request), "end 1 idle".
struct Site {
  explicit Site(int processes_max) : schedule({.processes_max = processes_max, .memory_mb = {}}) {}
  Site(int processes_max, std::int64_t memory_mb) : schedule({.processes_max = processes_max, .memory_mb = memory_mb}) {}

  void wait(int request, const WarmPoolName& pool, Company company = Company::any) {
    schedule.wait(WarmRequestId{request}, pool,
                  {.plugin = PluginId{std::to_underlying(pool.version)}, .terms = terms, .memory_mb = memory_mb}, company);
  }
  void wait_many(int first, int last, const WarmPoolName& pool) {
    for (int request = first; request <= last; ++request) wait(request, pool);
  }
  void ready(int process) { schedule.ready(WarmProcessId{process}, now); }
  void answered(int process, int request) { schedule.answered(WarmProcessId{process}, WarmRequestId{request}, now); }
  void gone(int process) { schedule.gone(WarmProcessId{process}); }
  std::size_t start_failed(int process) { return schedule.start_failed(WarmProcessId{process}, now).size(); }

  std::vector<std::string> acts() {
    const auto text = [](auto id) { return std::to_string(std::to_underlying(id)); };
    struct Words {
      decltype(text)& number;
      std::string operator()(const WarmSchedule::Start& act) const { return "start " + number(act.process); }
      std::string operator()(const WarmSchedule::Dispatch& act) const {
        return "dispatch " + number(act.process) + " " + number(act.request);
      }
      std::string operator()(const WarmSchedule::End& act) const {
        return "end " + number(act.process) + " " + std::string(to_word(act.reason));
      }
    };
    std::vector<std::string> words;
    while (const auto act = schedule.next(now)) words.push_back(std::visit(Words{text}, *act));
    return words;
  }

  SteadyTime now{1h};
  WarmTerms terms;
  std::int64_t memory_mb = 0;  // of those that wait from now on
  WarmSchedule schedule;
};

using Acts = std::vector<std::string>;

TEST(WarmSchedule, a_process_is_started_for_the_first_request_and_gets_it_once_it_is_ready) {
  Site site(4);
  site.wait(1, of(1));
  EXPECT_EQ(site.acts(), Acts{"start 1"});
  EXPECT_EQ(site.acts(), Acts{});
  site.ready(1);
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 1"});
  site.wait(2, of(1));
  EXPECT_EQ(site.acts(), Acts{}) << "one at a time, and one process only";
  site.answered(1, 1);
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 2"});
}

TEST(WarmSchedule, a_start_that_nobody_waits_for_any_more_is_given_up_and_nobodys_fault) {
  Site site(4);
  site.wait(1, of(1));
  site.wait(2, of(1));
  site.wait(3, of(2));
  EXPECT_EQ(site.acts().size(), 2u);
  site.schedule.withdraw(WarmRequestId{1}, of(1));
  EXPECT_TRUE(site.schedule.give_up_starts(of(1), site.now).empty()) << "another one waits for it";
  site.schedule.withdraw(WarmRequestId{2}, of(1));
  const auto unwanted = site.schedule.give_up_starts(of(1), site.now);
  ASSERT_EQ(unwanted.size(), 1u);
  EXPECT_TRUE(site.schedule.give_up_starts(of(1), site.now).empty()) << "once";
  site.wait(4, of(1));
  EXPECT_EQ(site.acts(), Acts{"start 3"}) << "who comes now does not wait for what is being ended";
  EXPECT_EQ(site.start_failed(static_cast<int>(std::to_underlying(unwanted[0]))), 0u);
  site.ready(3);
  EXPECT_EQ(site.acts(), Acts{"dispatch 3 4"});
}

TEST(WarmSchedule, several_are_in_flight_and_processes_are_started_for_those_who_wait_up_to_the_bound) {
  Site site(8);
  site.terms = {.processes_max = 3, .in_flight = 2};
  site.wait_many(1, 3, of(1));
  EXPECT_EQ(site.acts(), (Acts{"start 1", "start 2"})) << "three need two";
  site.ready(1);
  EXPECT_EQ(site.acts(), (Acts{"dispatch 1 1", "dispatch 1 2"}));
  site.wait_many(4, 9, of(1));
  EXPECT_EQ(site.acts(), Acts{"start 3"});
  site.ready(2);
  site.ready(3);
  EXPECT_EQ(site.acts(), (Acts{"dispatch 2 3", "dispatch 3 4", "dispatch 2 5", "dispatch 3 6"})) << "the one with fewest gets the next";
}

TEST(WarmSchedule, jobs_of_another_owner_have_another_process) {
  Site site(4);
  site.wait(1, of(1, 1));
  site.wait(2, of(1, 2));
  EXPECT_EQ(site.acts().size(), 2u);
}

TEST(WarmSchedule, who_must_be_alone_goes_first_and_is_alone) {
  Site site(4);
  site.terms = {.in_flight = 4};
  site.wait_many(1, 2, of(1));
  site.acts();
  site.ready(1);
  site.acts();
  site.wait(3, of(1));
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 3"});
  site.wait(4, of(1));
  site.wait(10, of(1), Company::none);
  site.wait(11, of(1), Company::none);
  EXPECT_EQ(site.acts(), Acts{});
  for (int request = 1; request <= 3; ++request) {
    EXPECT_EQ(site.acts(), Acts{});
    site.answered(1, request);
  }
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 10"});
  site.answered(1, 10);
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 11"});
  site.answered(1, 11);
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 4"});
}

TEST(WarmSchedule, who_may_have_had_nobody_before_it_gets_a_process_that_has_served_nobody) {
  Site site(4);
  site.terms = {.processes_max = 1, .in_flight = 4};
  site.wait_many(1, 2, of(1));
  site.acts();
  site.ready(1);
  site.acts();
  site.answered(1, 1);
  site.wait(10, of(1), Company::none_ever);
  EXPECT_EQ(site.acts(), Acts{"start 2"}) << "the first serves out, and gets nothing more";
  site.wait(3, of(1));
  site.answered(1, 2);
  EXPECT_EQ(site.acts(), Acts{"end 1 make_room"});
  site.gone(1);
  site.ready(2);
  EXPECT_EQ(site.acts(), Acts{"dispatch 2 10"}) << "alone";
  site.answered(2, 10);
  EXPECT_EQ(site.acts(), Acts{"dispatch 2 3"});
}

TEST(WarmSchedule, for_who_may_have_had_nobody_none_gives_way_where_a_new_process_can_be_had_anyhow) {
  Site site(8);
  site.terms = {.processes_max = 2};
  site.wait(1, of(1));
  site.acts();
  site.ready(1);
  site.acts();
  site.answered(1, 1);
  site.wait(10, of(1), Company::none_ever);
  EXPECT_EQ(site.acts(), Acts{"start 2"}) << "there is a place";
  site.wait(2, of(1));
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 2"}) << "others need not wait for that";
  site.answered(1, 2);
  site.ready(2);
  EXPECT_EQ(site.acts(), Acts{"dispatch 2 10"});
  site.answered(2, 10);
  site.wait(11, of(1), Company::none_ever);
  EXPECT_EQ(site.acts(), (Acts{"start 3", "end 1 make_room"})) << "one of those that have served, and one only";
}

TEST(WarmSchedule, a_new_process_that_cannot_be_started_costs_none_of_those_that_serve) {
  Site site(8);
  site.terms = {.processes_max = 3};
  site.wait_many(1, 3, of(1));
  site.acts();
  for (int process = 1; process <= 3; ++process) site.ready(process);
  site.acts();
  for (int process = 1; process <= 3; ++process) site.answered(process, process);
  site.wait(10, of(1), Company::none_ever);
  EXPECT_EQ(site.acts(), (Acts{"start 4", "end 1 make_room"}));
  site.gone(1);
  EXPECT_EQ(site.start_failed(4), 0u);
  EXPECT_EQ(site.acts(), Acts{});
  site.wait(5, of(1));
  EXPECT_EQ(site.acts(), Acts{"dispatch 2 5"});
  site.now += warm_pause_after_failed_start;
  EXPECT_EQ(site.acts(), Acts{"start 5"});
}

TEST(WarmSchedule, where_others_have_all_places_one_of_its_own_pool_gives_way_for_who_may_have_had_nobody) {
  Site site(2);
  site.wait(1, of(1));
  site.wait(2, of(2));
  site.acts();
  site.ready(1);
  site.ready(2);
  site.acts();
  site.answered(1, 1);
  site.wait(10, of(1), Company::none_ever);
  EXPECT_EQ(site.acts(), Acts{"end 1 make_room"}) << "the other pool's keeps its place";
  site.gone(1);
  EXPECT_EQ(site.acts(), Acts{"start 3"});
}

TEST(WarmSchedule, a_process_ends_when_it_was_idle_served_its_number_or_is_old_and_never_in_a_request) {
  Site site(4);
  site.terms = {.idle = 60s, .requests_max = 2};
  site.wait_many(1, 3, of(1));
  site.acts();
  site.ready(1);
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 1"});
  site.now += 10h;
  EXPECT_EQ(site.acts(), Acts{"start 2"}) << "it is old, serves out, and gives its place away";
  site.answered(1, 1);
  EXPECT_EQ(site.acts(), Acts{"end 1 age"});
  site.gone(1);
  site.ready(2);
  EXPECT_EQ(site.acts(), Acts{"dispatch 2 2"});
  site.answered(2, 2);
  EXPECT_EQ(site.acts(), (Acts{"dispatch 2 3"}));
  site.answered(2, 3);
  EXPECT_EQ(site.acts(), Acts{"end 2 requests"});
  site.gone(2);
  site.wait(4, of(1));
  site.acts();
  site.ready(3);
  site.acts();
  site.answered(3, 4);
  site.now += 59s;
  EXPECT_EQ(site.acts(), Acts{});
  site.now += 1s;
  EXPECT_EQ(site.acts(), Acts{"end 3 idle"});
}

TEST(WarmSchedule, one_plugin_leaves_a_place_to_others) {
  Site site(3);
  site.terms = {.processes_max = 5};
  site.wait_many(1, 9, of(1));
  EXPECT_EQ(site.acts(), (Acts{"start 1", "start 2"}));
  site.wait(20, of(2));
  EXPECT_EQ(site.acts(), Acts{"start 3"});
}

TEST(WarmSchedule, who_has_no_process_gets_the_place_of_one_that_is_idle_or_has_served_long_enough) {
  Site site(2);
  site.wait_many(1, 3, of(1));
  site.wait(4, of(2));
  site.acts();
  site.ready(1);
  site.ready(2);
  site.acts();
  site.answered(2, 4);
  site.wait(5, of(3));
  EXPECT_EQ(site.acts(), Acts{"end 2 make_room"}) << "the one that is idle";
  site.gone(2);
  EXPECT_EQ(site.acts(), Acts{"start 3"});
  site.ready(3);
  EXPECT_EQ(site.acts(), Acts{"dispatch 3 5"});
  site.wait(6, of(2));
  EXPECT_EQ(site.acts(), Acts{}) << "both have just begun";
  site.now += warm_turn_min;
  EXPECT_EQ(site.acts(), Acts{});
  site.answered(1, 1);
  EXPECT_EQ(site.acts(), Acts{"end 1 make_room"}) << "though more wait for it";
}

TEST(WarmSchedule, nobody_waits_for_the_grace_of_one_with_a_fault) {
  Site site(3);
  for (int number = 1; number <= 3; ++number) site.wait(number, of(number));
  site.acts();
  for (int number = 1; number <= 3; ++number) site.ready(number);
  EXPECT_EQ(site.acts().size(), 3u);
  site.schedule.retire(WarmProcessId{1}, WarmEnd::requests, site.now);
  site.schedule.retire(WarmProcessId{1}, WarmEnd::fault, site.now);
  site.answered(2, 2);
  site.wait(4, of(1));
  EXPECT_EQ(site.acts(), Acts{"end 2 make_room"}) << "though one of its own is about to go";
  site.gone(2);
  EXPECT_EQ(site.acts(), Acts{"start 4"});
}

TEST(WarmSchedule, who_does_not_end_soon_after_it_was_asked_to_is_not_waited_for) {
  Site site(3);
  for (int number = 1; number <= 3; ++number) site.wait(number, of(number));
  site.acts();
  for (int number = 1; number <= 3; ++number) site.ready(number);
  site.acts();
  for (int number = 1; number <= 3; ++number) site.answered(number, number);
  site.wait(4, of(4));
  EXPECT_EQ(site.acts(), Acts{"end 1 make_room"});
  site.now += warm_end_soon - 1ms;
  EXPECT_EQ(site.acts(), Acts{}) << "one at a time";
  site.now += 1ms;
  EXPECT_EQ(site.acts(), Acts{"end 2 make_room"});
  site.gone(2);
  EXPECT_EQ(site.acts(), Acts{"start 4"});
}

TEST(WarmSchedule, while_two_that_were_asked_do_not_end_no_further_one_is_asked) {
  Site site(5);
  for (int number = 1; number <= 5; ++number) site.wait(number, of(number));
  site.acts();
  for (int number = 1; number <= 5; ++number) site.ready(number);
  site.acts();
  for (int number = 1; number <= 5; ++number) site.answered(number, number);
  site.wait(6, of(6));
  EXPECT_EQ(site.acts(), Acts{"end 1 make_room"});
  site.now += warm_end_soon;
  EXPECT_EQ(site.acts(), Acts{"end 2 make_room"});
  site.now += 5 * warm_end_soon;
  EXPECT_EQ(site.acts(), Acts{});
  site.gone(1);
  EXPECT_EQ(site.acts(), Acts{"start 6"});
}

TEST(WarmSchedule, who_serves_out_is_waited_for_a_second_where_another_is_idle) {
  Site site(2);
  site.terms = {.requests_max = 1};
  site.wait(1, of(1));
  site.terms = {.idle = 24h};
  site.wait(2, of(2));
  site.acts();
  site.ready(1);
  site.ready(2);
  site.acts();
  site.answered(2, 2);
  site.wait(3, of(3));
  EXPECT_EQ(site.acts(), Acts{}) << "most requests are short";
  site.now += warm_end_soon;
  EXPECT_EQ(site.acts(), Acts{"end 2 make_room"});
  site.gone(2);
  EXPECT_EQ(site.acts(), Acts{"start 3"});
}

TEST(WarmSchedule, who_may_have_places_of_its_plugin_only_does_not_wait_for_anothers) {
  Site site(3);
  site.wait(1, of(1, 1));
  site.wait(2, of(1, 2));
  site.terms = {.requests_max = 1};
  site.wait(3, of(2));
  site.acts();
  for (int process = 1; process <= 3; ++process) site.ready(process);
  site.acts();
  site.answered(1, 1);
  site.answered(2, 2);
  site.wait(4, of(1, 3));
  EXPECT_EQ(site.acts(), Acts{"end 1 make_room"}) << "though the third is about to go";
}

TEST(WarmSchedule, who_becomes_idle_beside_two_that_serve_out_makes_room_at_once) {
  Site site(3);
  for (int number = 1; number <= 3; ++number) site.wait(number, of(number));
  site.acts();
  for (int number = 1; number <= 3; ++number) site.ready(number);
  EXPECT_EQ(site.acts().size(), 3u);
  site.now += warm_turn_min;
  site.wait(4, of(4));
  EXPECT_EQ(site.acts(), Acts{}) << "the first is to serve out";
  site.now += warm_end_soon;
  EXPECT_EQ(site.acts(), Acts{}) << "and the second";
  site.now += warm_end_soon;
  EXPECT_EQ(site.acts(), Acts{}) << "and no further one";
  site.answered(3, 3);
  EXPECT_EQ(site.acts(), Acts{"end 3 make_room"});
  site.gone(3);
  EXPECT_EQ(site.acts(), Acts{"start 4"});
  site.answered(2, 2);
  EXPECT_EQ(site.acts(), Acts{"end 2 make_room"}) << "it was to";
}

TEST(WarmSchedule, of_a_failed_start_the_first_who_waits_pays_and_all_after_several) {
  Site site(4);
  site.wait_many(1, 5, of(1));
  for (int start = 1; start <= 3; ++start) {
    EXPECT_EQ(site.acts(), Acts{"start " + std::to_string(start)});
    EXPECT_EQ(site.start_failed(start), start < 3 ? 1u : 3u);
  }
  EXPECT_EQ(site.acts(), Acts{});
}

TEST(WarmSchedule, nobody_pays_for_a_failed_start_where_others_serve) {
  Site site(4);
  site.terms = {.processes_max = 2};
  site.wait_many(1, 2, of(1));
  site.acts();
  site.ready(1);
  EXPECT_EQ(site.start_failed(2), 0u);
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 1"});
  EXPECT_EQ(site.acts(), Acts{}) << "the next start comes later";
  site.now += warm_pause_after_failed_start;
  EXPECT_EQ(site.acts(), Acts{"start 3"});
}

TEST(WarmSchedule, who_waits_is_not_kept_waiting_by_a_failed_start_once_nobody_serves) {
  Site site(4);
  site.terms = {.requests_max = 1};
  site.wait_many(1, 2, of(1));
  EXPECT_EQ(site.acts(), Acts{"start 1"});
  site.ready(1);
  EXPECT_EQ(site.acts(), (Acts{"dispatch 1 1", "start 2"}));
  EXPECT_EQ(site.start_failed(2), 0u);
  EXPECT_EQ(site.acts(), Acts{}) << "the first serves out";
  site.answered(1, 1);
  EXPECT_EQ(site.acts(), Acts{"end 1 requests"});
  site.gone(1);
  EXPECT_EQ(site.acts(), Acts{"start 3"}) << "no time need pass: without a process nobody looks at the clock";
  EXPECT_EQ(site.start_failed(3), 1u) << "nobody serves";
}

TEST(WarmSchedule, who_is_withdrawn_does_not_wait_any_more) {
  Site site(4);
  site.wait_many(1, 2, of(1));
  EXPECT_TRUE(site.schedule.withdraw(WarmRequestId{1}, of(1)));
  EXPECT_FALSE(site.schedule.withdraw(WarmRequestId{1}, of(1)));
  site.acts();
  site.ready(1);
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 2"});
  EXPECT_EQ(site.schedule.counts().busy, 1);
  EXPECT_EQ(site.schedule.counts().in_flight, 1);
}

// Three processes of 8 GB, of three plugins, that serve nothing, one after the other since when.
struct IdleSite : Site {
  explicit IdleSite(std::int64_t of_worker) : Site(8, of_worker) {
    memory_mb = 8000;
    for (int one = 1; one <= 3; ++one) {
      wait(one, of(one));
      acts();
      ready(one);
      acts();
      now += 1s;
      answered(one, one);
    }
  }
};

TEST(WarmSchedule, who_serves_nothing_gives_its_memory_to_other_runs_longest_idle_first) {
  IdleSite site(24'000);
  EXPECT_EQ(site.acts(), Acts{}) << "they fit";
  site.schedule.others_hold(1);
  EXPECT_TRUE(!site.schedule.is_making_room());
  EXPECT_EQ(site.acts(), Acts{"end 1 make_room"});
  EXPECT_TRUE(site.schedule.is_making_room()) << "it is not gone yet";
  EXPECT_EQ(site.acts(), Acts{}) << "what it will free is enough";
  site.gone(1);
  EXPECT_FALSE(site.schedule.is_making_room());
  site.schedule.others_hold(20'000);
  EXPECT_EQ(site.acts(), (Acts{"end 2 make_room", "end 3 make_room"}));
}

TEST(WarmSchedule, who_serves_stays_however_much_others_hold) {
  IdleSite site(24'000);
  site.wait(4, of(1));
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 4"});
  site.schedule.others_hold(100'000);
  EXPECT_EQ(site.acts(), (Acts{"end 2 make_room", "end 3 make_room"}));
  site.gone(2);
  site.gone(3);
  EXPECT_FALSE(site.schedule.is_making_room()) << "nobody else will go";
  site.answered(1, 4);
  EXPECT_EQ(site.acts(), Acts{"end 1 make_room"});
}

TEST(WarmSchedule, a_process_starts_once_whoever_made_room_for_it_has_gone) {
  IdleSite site(24'000);
  site.wait(4, of(4));
  EXPECT_EQ(site.acts(), Acts{"end 1 make_room"});
  EXPECT_EQ(site.acts(), Acts{});
  site.gone(1);
  EXPECT_EQ(site.acts(), Acts{"start 4"});
}

TEST(WarmSchedule, who_is_about_to_be_given_something_does_not_make_room) {
  IdleSite site(24'000);
  site.wait(4, of(4));
  site.wait(5, of(1));
  const Acts acts = site.acts();
  EXPECT_TRUE((std::ranges::find(acts, "dispatch 1 5") != acts.end())) << "it serves, and another goes";
  EXPECT_TRUE((std::ranges::find(acts, "end 2 make_room") != acts.end()));
}

TEST(WarmSchedule, where_nobody_can_go_a_process_starts_all_the_same) {
  Site site(8, 8'000);
  site.memory_mb = 8'000;
  site.wait(1, of(1));
  site.acts();
  site.ready(1);
  EXPECT_EQ(site.acts(), Acts{"dispatch 1 1"});
  site.wait(2, of(2));
  EXPECT_EQ(site.acts(), Acts{"start 2"}) << "the server has admitted it";
}

}  // namespace
}  // namespace orc
