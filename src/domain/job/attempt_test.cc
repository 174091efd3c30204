#include "domain/job/attempt.h"

#include <gtest/gtest.h>
#include <set>

namespace orc {
namespace {

TEST(Attempt, every_outcome_has_a_word_of_its_own) {
  std::set<std::string_view> words;
  for (auto i = std::to_underlying(AttemptOutcome::succeeded); i <= std::to_underlying(AttemptOutcome::not_started); ++i)
    words.insert(to_word(AttemptOutcome{i}));
  EXPECT_EQ(words.size(), 10u);
  EXPECT_FALSE(words.contains(""));
}

TEST(Attempt, isolation_words_go_both_ways_and_rise_with_strength) {
  for (const Isolation isolation : {Isolation::none, Isolation::container, Isolation::strict})
    EXPECT_EQ(isolation_from_word(to_word(isolation)), isolation);
  EXPECT_FALSE(isolation_from_word("Strict"));
  EXPECT_FALSE(isolation_from_word(""));
  EXPECT_LT(Isolation::none, Isolation::container);
  EXPECT_LT(Isolation::container, Isolation::strict);
}

}  // namespace
}  // namespace orc
