#include "adapters/openai/chat_answer.h"

#include <gtest/gtest.h>
#include <random>

#include "adapters/openai/json_scan.h"
#include "adapters/openai/sse_lines.h"

namespace orc {
namespace {

TEST(json_scan, strings_are_resolved) {
  struct Row {
    const char* json;
    const char* text;
  };
  for (const Row& row : {Row{R"("a\"\\\/\b\f\n\r\tz")", "a\"\\/\b\f\n\r\tz"}, Row{R"("\u00e9\u20ac")", "\xC3\xA9\xE2\x82\xAC"},
                         Row{R"("\ud83d\ude00")", "\xF0\x9F\x98\x80"}, Row{R"("\ud83dx")", "\xEF\xBF\xBDx"}, Row{R"("")", ""}}) {
    std::string text;
    JsonScan scan(row.json);
    EXPECT_TRUE(scan.take_string(text)) << row.json;
    EXPECT_EQ(text, row.text);
  }
  for (const char* bad : {"\"", "\"\\", "\"\\u12\"", "\"\\x\"", "\"abc"}) {
    std::string text;
    JsonScan scan(bad);
    EXPECT_FALSE(scan.take_string(text)) << bad;
    EXPECT_FALSE(scan.ok());
  }
}

TEST(chat_answer, reads_what_it_knows_among_what_it_does_not) {
  ChatAnswer chat;
  const auto piece = chat.add_chunk(
      R"({"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"logprobs":{"a":[1,{"b":"}"}]},"delta":{"role":"assistant","tool_calls":[],"content":"hi"},"finish_reason":null},{"delta":{"content":"no"}}],"usage":null,"error":null})");
  ASSERT_TRUE(piece) << piece.error().message;
  EXPECT_EQ(piece->text, "hi");
  EXPECT_TRUE(piece->is_of_the_model);
  EXPECT_FALSE(chat.has_finished());
  EXPECT_TRUE(chat.add_chunk("[DONE]"));
  EXPECT_TRUE(chat.is_done());
}

TEST(chat_answer, counts_beyond_reason_are_none) {
  ChatAnswer chat;
  ASSERT_TRUE(chat.add_chunk(R"({"usage":{"prompt_tokens":-5,"completion_tokens":1e300,"prompt_tokens_details":[]}})"));
  EXPECT_EQ(chat.answer.usage, TokenUsage{});
}

TEST(chat_answer, random_bytes_do_no_harm) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 dice(seed);
  const std::string sound = R"({"choices":[{"delta":{"content":"a\u00e9\n"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3}})";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = sound;
    for (int i = 0; i < 3; ++i) text[dice() % text.size()] = "{}[]\",:\\u0\xFF"[dice() % 12];
    text.resize(dice() % (text.size() + 1));
    ChatAnswer chat;
    (void)chat.add_chunk(text);
  }
}

TEST(sse_lines, slices_of_any_size_give_the_same_lines) {
  const std::string stream = ": hello\r\ndata: one\r\n\r\nevent: x\ndata:two\n\ndata:  three\n\ndata: [DONE]\n\n";
  for (std::size_t slice = 1; slice <= stream.size(); ++slice) {
    SseLines lines;
    std::string got;
    for (std::size_t at = 0; at < stream.size(); at += slice)
      ASSERT_TRUE(lines.feed(std::string_view(stream).substr(at, slice), [&](std::string_view line) {
        got += std::string(line) + ";";
        return true;
      }));
    EXPECT_EQ(got, "one;two; three;[DONE];");
  }
}

}  // namespace
}  // namespace orc
