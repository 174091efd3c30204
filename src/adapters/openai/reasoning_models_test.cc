// Models that think before they write, and servers that write all at once.

#include <gmock/gmock.h>

#include "adapters/openai/testing/openai_test.h"

namespace orc {
namespace {

using Play = ScriptedServer::Play;
using Then = ScriptedServer::Then;

class reasoning_models : public OpenAiModelFixture {
 protected:
  reasoning_models() : OpenAiModelFixture(HttpScheme::http) {}

  static std::string thought(const std::string& text, const std::string& member = "reasoning_content") {
    return ScriptedServer::chunk("data: {\"choices\":[{\"delta\":{\"" + member + "\":\"" + text + "\"}}]}\n\n");
  }
};

TEST_F(reasoning_models, what_a_model_thinks_is_kept_apart_from_what_it_says) {
  for (const char* member : {"reasoning_content", "reasoning"}) {
    server.plays = [member](const std::string&) {
      return Play{ScriptedServer::stream_head() + thought("nine is 3 x 3, ", member) + thought("so 11", member) +
                  ScriptedServer::delta("eleven") + ScriptedServer::stream_end()};
    };
    heard.text.clear();
    const auto answer = ask();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text, "eleven");
    EXPECT_EQ(answer->reasoning, "nine is 3 x 3, so 11") << member;
    EXPECT_EQ(heard.text, "eleven");
  }
  server.plays = [](const std::string&) {
    return Play{ScriptedServer::json(200, R"({"choices":[{"message":{"reasoning_content":"hm","content":"11"},"finish_reason":"stop"}]})")};
  };
  EXPECT_EQ(ask().value().reasoning, "hm");
}

TEST_F(reasoning_models, a_refusal_is_no_answer) {
  const std::string refusal = ScriptedServer::chunk(R"(data: {"choices":[{"delta":{"refusal":"I will "}}]})"
                                                    "\n\n") +
                              ScriptedServer::chunk(R"(data: {"choices":[{"delta":{"refusal":"not."}}]})"
                                                    "\n\n");
  const std::string whole = R"({"choices":[{"message":{"content":null,"refusal":"I will not."},"finish_reason":"stop"}]})";
  for (const std::string& reply :
       {ScriptedServer::stream_head() + refusal + ScriptedServer::stream_end(), ScriptedServer::json(200, whole)}) {
    server.plays = [&](const std::string&) { return Play{reply}; };
    const std::size_t asked = server.requests.size();
    const auto answer = ask();
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, testing::EndsWith("the model refused: I will not."));
    EXPECT_EQ(server.requests.size(), asked + 1) << "it would refuse again";
  }
}

TEST_F(reasoning_models, the_texts_of_a_list_of_parts_are_its_text) {
  server.plays = [](const std::string&) {
    return Play{ScriptedServer::json(
        200,
        R"({"choices":[{"message":{"content":[{"type":"text","text":"ele"},{"type":"image_url","image_url":{"url":"x"}},7,{"type":"text","text":"ven"}]},"finish_reason":"stop"}]})")};
  };
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "eleven");
}

TEST_F(reasoning_models, to_think_is_not_to_be_silent) {
  times.first_token_max = 300ms;
  server.plays = [](const std::string&) { return Play{ScriptedServer::stream_head() + thought("hm"), Then::hang}; };
  ModelQuestion what = question();
  what.time_max = 600ms;
  const SteadyTime begun = clock.steady_now();
  EXPECT_FALSE(ask(what));
  EXPECT_GE(clock.steady_now() - begun, 550ms) << "the first token was there, so the time of the whole counts";
  EXPECT_THAT(heard.in_vain, testing::ElementsAre(TokenUsage{.in = bytes_asked(what), .out = 1}));
}

TEST_F(reasoning_models, thoughts_count_as_tokens_and_are_bounded) {
  server.plays = [](const std::string&) {
    std::string endless = ScriptedServer::stream_head();
    for (int i = 0; i < 1000; ++i) endless += thought("x");
    return Play{endless, Then::hang};
  };
  ModelQuestion what = question();
  what.answer_tokens_max = 100;
  const auto cut = ask(what);
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_EQ(cut->text, "");
  EXPECT_EQ(cut->reasoning, std::string(100, 'x'));
  EXPECT_EQ(cut->finish, FinishReason::length);
  EXPECT_EQ(cut->usage.out, 100);

  server.plays = [](const std::string&) {
    std::string much = ScriptedServer::stream_head();
    for (int i = 0; i < 3; ++i) much += thought(std::string(reasoning_bytes_max / 2 - 1, 'x') + "\\u00e9");
    return Play{much + ScriptedServer::delta("eleven") + ScriptedServer::stream_end()};
  };
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "eleven");
  EXPECT_EQ(answer->reasoning.size(), reasoning_bytes_max) << "the second one ends within it, without half a character";
  EXPECT_TRUE(answer->reasoning.ends_with('x'));
}

TEST_F(reasoning_models, whoever_thinks_first_is_the_one_that_is_waited_for) {
  for (std::size_t i = 0; i <= 2 * StragglerWatch::samples_min; ++i) ASSERT_TRUE(ask());
  server.plays = [](const std::string&) { return Play{ScriptedServer::stream_head() + thought("hm"), Then::hang}; };
  ModelQuestion what = question();
  what.time_max = 500ms;
  const std::size_t asked = server.requests.size();
  EXPECT_FALSE(ask(what));
  EXPECT_LE(server.requests.size(), asked + 2);
}

TEST_F(reasoning_models, a_server_that_does_not_stream_has_all_the_time_there_is_once_its_answer_has_begun) {
  times.first_token_max = 200ms;
  times.silence_max = 200ms;
  const std::string whole = ScriptedServer::json(200, R"({"choices":[{"message":{"content":"11"},"finish_reason":"stop"}]})");
  server.plays = [&](const std::string&) { return Play{whole.substr(0, whole.find("\r\n\r\n") + 4), Then::hang}; };
  ModelQuestion what = question();
  what.time_max = 700ms;
  const SteadyTime begun = clock.steady_now();
  EXPECT_FALSE(ask(what));
  EXPECT_GE(clock.steady_now() - begun, 600ms);
}

}  // namespace
}  // namespace orc
