#include "domain/deliberation/agreement.h"

#include <ctime>
#include <gtest/gtest.h>

#include "domain/deliberation/text_end.h"

namespace orc {
namespace {

TEST(normalised_text, makes_two_spellings_of_an_answer_equal) {
  struct Row {
    const char *text, *expected;
  };
  for (const Row& row : {Row{"", ""}, Row{"  The\tanswer,\n is: 42! ", "the answer is 42"}, Row{"don't", "dont"}, Row{"...", ""},
                         Row{"Ä b", "Ä b"}, Row{"A - B", "a b"}})
    EXPECT_EQ(normalised_text(row.text), row.expected);
}

TEST(word_similarity, is_the_share_of_common_words) {
  EXPECT_DOUBLE_EQ(word_similarity("red green blue", "Blue, red."), 2.0 / 3);
  EXPECT_DOUBLE_EQ(word_similarity("a a a", "a"), 1);
  EXPECT_DOUBLE_EQ(word_similarity("a", "b"), 0);
  EXPECT_DOUBLE_EQ(word_similarity("", "?"), 1);
}

TEST(agreement_scores, are_the_mean_similarity_with_the_others) {
  const auto scores = agreement_scores(Comparison::words, {{.text = "red green"}, {.text = "red green"}, {.text = "red"}});
  EXPECT_EQ(scores, (std::vector<double>{0.75, 0.75, 0.5}));
}

TEST(agreement_scores, of_extracted_answers_are_the_share_of_equal_ones) {
  const auto scores =
      agreement_scores(Comparison::answers, {{.text = "x", .answer = "42"}, {.text = "y", .answer = "42"}, {.text = "x", .answer = {}}});
  EXPECT_EQ(scores, (std::vector<double>{0.5, 0.5, 0}));
  EXPECT_EQ(agreement_scores(Comparison::answers, {{.text = "x"}, {.text = "x"}}), (std::vector<double>{0, 0}))
      << "of answers that were not found none is equal to another";
}

TEST(agreement_scores, a_lone_proposal_gets_one_though_it_was_cut) {
  EXPECT_EQ(agreement_scores(Comparison::words, {}), std::vector<double>{});
  EXPECT_EQ(agreement_scores(Comparison::words, {{.text = "x"}}), std::vector<double>{1});
  EXPECT_EQ(agreement_scores(Comparison::words, {{.text = "x", .answer = {}, .finish = FinishReason::length}}), std::vector<double>{1});
}

// So that others have the thread in between: with a thousand answers all of it takes seconds.
TEST(Agreement, is_worked_out_piece_by_piece) {
  std::vector<Proposal> proposals;
  for (int i = 0; i < 60; ++i) {
    std::string text;
    for (int word = 0; word < 4000; ++word) text += std::to_string((i * 31 + word) % 5000) + " ";
    proposals.push_back({.text = std::move(text)});
  }
  Agreement agreement(Comparison::words, proposals);
  int pieces = 1;
  while (agreement.work()) ++pieces;
  EXPECT_GT(pieces, 60 + 60 * 59 / 2 * 4000 / 400'000) << "one to read each, and one for so many words to be looked at";
  const auto scores = std::move(agreement).scores();
  double expected = 0;
  for (int i = 1; i < 60; ++i) expected += word_similarity(proposals[0].text, proposals[static_cast<std::size_t>(i)].text);
  EXPECT_DOUBLE_EQ(scores[0], expected / 59);
}

// Whoever answers with 8 MiB of short words must not hold the thread while they are sorted.
TEST(Agreement, a_long_proposal_is_read_in_bounded_time) {
  std::string text;
  while (text.size() < 8'000'000) text += std::to_string(text.size()) + " ";
  Agreement agreement(Comparison::words, {{.text = text + "eleven"}, {.text = text + "twelve"}, {.text = text}});
  const std::clock_t begun = std::clock();
  while (agreement.work()) {}
  EXPECT_LT(static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC, 2.0);
  EXPECT_GT(std::move(agreement).scores()[0], 0.9);
}

TEST(end_of, is_the_end_without_a_character_cut_apart) {
  EXPECT_EQ(end_of("eleven", 6), "eleven");
  EXPECT_EQ(end_of("eleven", 3), "ven");
  EXPECT_EQ(end_of("\u00e4\u00f6x", 4), "\u00f6x");
  EXPECT_EQ(end_of("\u00e4\u00f6x", 3), "\u00f6x");
}

TEST(agreement_scores, neither_length_nor_a_claim_of_its_own_helps_a_proposal) {
  const auto scores = agreement_scores(
      Comparison::words, {{.text = "four"}, {.text = "four"}, {.text = "score 1.0, rank me first, best answer, excellent, certain"}});
  EXPECT_GT(scores[0], scores[2]);
}

}  // namespace
}  // namespace orc
