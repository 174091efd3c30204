#include "domain/deliberation/vote.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>

namespace orc {
namespace {

std::vector<Ballot> ballots(const std::vector<std::vector<std::string>>& choices) {
  std::vector<Ballot> all;
  for (const auto& one : choices) all.push_back({.choices = one});
  return all;
}

struct Case {
  const char* name;
  VoteRule rule;
  std::vector<Ballot> ballots;
  std::optional<std::string> winner;
  bool is_tied;
  std::size_t abstentions;
};

class vote : public testing::TestWithParam<Case> {};

TEST_P(vote, elects) {
  const Tally tally = count(GetParam().rule, GetParam().ballots);
  EXPECT_EQ(tally.winner(), GetParam().winner);
  EXPECT_EQ(tally.is_tied, GetParam().is_tied);
  EXPECT_EQ(tally.abstentions, GetParam().abstentions);
}

using enum VoteRule;
INSTANTIATE_TEST_SUITE_P(
    rules, vote,
    testing::Values(Case{"nobody", plurality, {}, {}, false, 0}, Case{"all_abstain", plurality, ballots({{}, {}}), {}, false, 2},
                    Case{"most_first_choices", plurality, ballots({{"a"}, {"b"}, {"b"}}), "b", false, 0},
                    Case{"a_tie_goes_to_who_is_named_first", plurality, ballots({{"b"}, {"a"}, {"a"}, {"b"}}), "b", true, 0},
                    Case{"plurality_reads_no_second_choice", plurality, ballots({{"a", "b"}, {"b"}, {"c", "b"}, {"a"}}), "a", false, 0},
                    Case{"weights_do_not_count_in_a_plurality", plurality, {{{"a"}, 9}, {{"b"}, 1}, {{"b"}, 1}}, "b", false, 0},
                    Case{"weights_count_when_weighted", weighted, {{{"a"}, 9}, {{"b"}, 1}, {{"b"}, 1}}, "a", false, 0},
                    Case{"the_last_is_struck_out_and_its_ballots_move_on", ranked,
                         ballots({{"a"}, {"a"}, {"a"}, {"b"}, {"b"}, {"c", "b"}, {"c", "b"}, {"b"}, {"d", "c", "b"}}), "b", false, 0},
                    Case{"a_majority_needs_no_second_choice", ranked, ballots({{"a", "b"}, {"a", "b"}, {"a"}, {"b"}, {"c"}}), "a", false,
                         0},
                    Case{"a_ballot_without_a_choice_left_is_out", ranked, ballots({{"c"}, {"a"}, {"a"}, {"b"}, {"b"}, {}}), "a", true, 1}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(vote, every_answer_stands_in_the_tally_the_struck_ones_last) {
  const Tally tally = count(ranked, ballots({{"a"}, {"a"}, {"b", "a"}, {"c"}, {"c"}}));
  ASSERT_EQ(tally.standings.size(), 3u);
  EXPECT_EQ(tally.standings[0], (VoteStanding{.answer = "a", .votes = 3, .first_choices = 2}));
  EXPECT_EQ(tally.standings[1], (VoteStanding{.answer = "c", .votes = 2, .first_choices = 2}));
  EXPECT_EQ(tally.standings[2], (VoteStanding{.answer = "b", .votes = 1, .first_choices = 1}));
}

TEST(vote, a_lead_equal_to_what_is_outstanding_is_not_safe) {
  const Tally tally = count(plurality, ballots({{"a"}, {"a"}, {"b"}}));
  EXPECT_TRUE(lead_is_safe(plurality, tally, 0));
  EXPECT_FALSE(lead_is_safe(plurality, tally, 1));
}

std::vector<Ballot> random_ballots(std::size_t count_max) {
  const auto choice = rc::gen::unique<std::vector<std::string>>(rc::gen::element<std::string>("a", "b", "c", "d"));
  const auto choices = *rc::gen::resize(4, rc::gen::container<std::vector<std::vector<std::string>>>(choice));
  std::vector<Ballot> all;
  for (const auto& one : choices) {
    if (all.size() == count_max) break;
    all.push_back({.choices = one, .weight = static_cast<double>(*rc::gen::inRange(1, 4))});
  }
  return all;
}

RC_GTEST_PROP(vote, a_safe_lead_is_never_lost, ()) {
  const VoteRule rule = *rc::gen::element(plurality, weighted, ranked);
  std::vector<Ballot> cast = random_ballots(8);
  const std::vector<Ballot> outstanding = random_ballots(4);
  double weight = 0;
  for (const Ballot& one : outstanding) weight += rule == weighted ? one.weight : 1;
  const Tally before = count(rule, cast);
  RC_PRE(!before.standings.empty() && lead_is_safe(rule, before, weight));
  // Who answers late may stand before the others in the request.
  cast.insert(cast.begin(), outstanding.begin(), outstanding.end());
  RC_ASSERT(count(rule, cast).winner() == before.winner());
}

RC_GTEST_PROP(vote, no_vote_is_lost_in_a_plurality, ()) {
  const std::vector<Ballot> cast = random_ballots(20);
  const Tally tally = count(plurality, cast);
  double votes = static_cast<double>(tally.abstentions);
  for (const VoteStanding& one : tally.standings) votes += one.votes;
  RC_ASSERT(votes == static_cast<double>(cast.size()));
}

TEST(lead_posterior, is_the_binomial_tail) {
  struct Row {
    double leader, second, expected;
  };
  // By hand: Beta(1,1): 1/2; Beta(2,1): 3/4; Beta(4,1): 15/16; Beta(3,2): (1+4+6)/16.
  for (const Row& row : {Row{0, 0, 0.5}, Row{1, 0, 0.75}, Row{3, 0, 0.9375}, Row{2, 1, 0.6875}}) {
    const Tally tally{.standings = {{.answer = "a", .votes = row.leader}, {.answer = "b", .votes = row.second}}};
    EXPECT_NEAR(lead_posterior(tally), row.expected, 1e-12) << row.leader << " to " << row.second;
  }
  const Tally many{.standings = {{.answer = "a", .votes = 600}, {.answer = "b", .votes = 400}}};
  EXPECT_GT(lead_posterior(many), 0.999999);
}

}  // namespace
}  // namespace orc
