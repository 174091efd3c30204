#include "adapters/model_stub/stub_reply.h"

#include <gtest/gtest.h>
#include <map>

namespace orc {
namespace {

using namespace std::chrono_literals;
using Kind = StubReply::Kind;

ChatQuestion question(std::string text = "why?") { return {.model = "m", .messages = {std::move(text)}}; }

StubReply reply_to(const StubSettings& settings, StubLuck& luck, const std::string& body) {
  return decide_reply(settings, {}, question(body), luck.dice_for(body));
}

TEST(stub_reply, one_seed_gives_each_request_the_same_whatever_came_between) {
  const StubSettings settings{.stragglers = 0.3, .errors = 0.3, .breaks = 0.3};
  StubLuck forwards(7);
  StubLuck backwards(7);
  std::map<std::string, StubReply> replies;
  for (int i = 0; i < 200; ++i) replies[std::to_string(i)] = reply_to(settings, forwards, std::to_string(i));
  for (int i = 199; i >= 0; --i) {
    const StubReply again = reply_to(settings, backwards, std::to_string(i));
    const StubReply& before = replies[std::to_string(i)];
    EXPECT_EQ(again.kind, before.kind) << i;
    EXPECT_EQ(again.text, before.text) << i;
    EXPECT_EQ(again.first_token, before.first_token) << i;
  }
}

TEST(stub_reply, a_repetition_has_luck_of_its_own) {
  const StubSettings settings{.errors = 0.5};
  StubLuck luck(1);
  int refused = 0;
  for (int i = 0; i < 100; ++i) refused += reply_to(settings, luck, "the same").kind == Kind::refusal ? 1 : 0;
  EXPECT_GT(refused, 25);
  EXPECT_LT(refused, 75);
}

TEST(stub_reply, shares_are_kept) {
  const StubSettings settings{.first_token = 10ms, .tokens_per_second = 100, .stragglers = 0.05, .errors = 0.1, .breaks = 0.2};
  StubLuck luck(3);
  std::map<Kind, int> kinds;
  int stragglers = 0;
  for (int i = 0; i < 10'000; ++i) {
    const StubReply reply = reply_to(settings, luck, std::to_string(i));
    ++kinds[reply.kind];
    if (reply.first_token != 100ms) continue;
    EXPECT_EQ(reply.between, 100ms);
    ++stragglers;
  }
  EXPECT_NEAR(kinds[Kind::refusal], 1'000, 150);
  EXPECT_NEAR(kinds[Kind::broken], 1'800, 200);
  EXPECT_NEAR(stragglers, 450, 100);  // of those that were not refused
}

TEST(stub_reply, tokens_are_due_at_the_pace_that_was_set) {
  StubLuck luck(1);
  const StubReply reply = reply_to({.first_token = 200ms, .tokens_per_second = 20, .tokens = 3}, luck, "x");
  EXPECT_EQ(reply.due(0), 200ms);
  EXPECT_EQ(reply.due(2), 300ms);
  EXPECT_EQ(reply_to({.first_token = 200ms, .tokens_per_second = 0}, luck, "x").due(30), 200ms);
}

TEST(stub_reply, an_answer_ends_at_max_tokens) {
  ChatQuestion short_one = question();
  short_one.tokens_max = 2;
  const auto recorded = RecordedAnswers::parse(R"({"answer": "one two  three"})").value();
  StubLuck luck(1);
  const StubReply cut = decide_reply({}, recorded, short_one, luck.dice_for(""));
  EXPECT_EQ(cut.text, "one two  ");
  EXPECT_EQ(cut.tokens, 2);
  EXPECT_TRUE(cut.is_cut);
  short_one.tokens_max = 3;
  const StubReply whole = decide_reply({}, recorded, short_one, luck.dice_for(""));
  EXPECT_EQ(whole.text, "one two  three");
  EXPECT_FALSE(whole.is_cut);
}

TEST(stub_reply, a_text_is_its_tokens) {
  std::string_view rest = " a  bc d";
  std::string joined;
  int count = 0;
  for (; !rest.empty(); ++count) joined += take_stub_token(rest);
  EXPECT_EQ(joined, " a  bc d");
  EXPECT_EQ(count, 4);
}

}  // namespace
}  // namespace orc
