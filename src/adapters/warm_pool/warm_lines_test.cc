#include "adapters/warm_pool/warm_lines.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

template <typename Kind>
Kind read(std::string_view line) {
  static WarmLineReader reader;
  auto said = reader.read(line);
  if (!said) throw std::runtime_error(said.error().message);
  return std::get<Kind>(std::move(*said));
}

TEST(WarmLines, an_output_keeps_the_bytes_that_came) {
  const auto output = read<WarmOutput>(R"({"id":7, "output" : { "price" :0.87, "e": 1E+2,"t":"\u00fc" } })");
  EXPECT_EQ(output.id, WarmRequestId{7});
  EXPECT_EQ(output.json, R"({ "price" :0.87, "e": 1E+2,"t":"\u00fc" })");
  EXPECT_EQ(read<WarmOutput>(R"({"output":null,"id":1})").json, "null");
}

TEST(WarmLines, everything_else_that_a_process_may_say_is_understood) {
  read<WarmReady>(R"({"ready": true})");
  const auto failure = read<WarmFailure>(R"({"id":1,"error":"no features","exit_code":65})");
  EXPECT_EQ(failure.message, "no features");
  EXPECT_EQ(failure.exit_code, 65);
  EXPECT_EQ(read<WarmFailure>(R"({"id":1,"error":{"a":1}})").message, R"({"a":1})");
  EXPECT_EQ(read<WarmFailure>(R"({"id":1,"error":")" + std::string(10'000, 'x') + "\"}").message.size(), warm_message_bytes_max);
  const auto progress = read<WarmProgress>(R"({"id":1,"progress":0.5,"message":"half"})");
  EXPECT_EQ(progress.progress, (Progress{.fraction = 0.5, .message = "half"}));
  const auto log = read<WarmLog>(R"({"id":1,"log":"a\tb","stream":"err"})");
  EXPECT_EQ(log.text, "a\tb");
  EXPECT_EQ(log.stream, LogStream::err);
  EXPECT_EQ(read<WarmLog>(R"({"id":1,"log":"x"})").stream, LogStream::out);
}

TEST(WarmLines, what_is_none_of_them_is_refused) {
  WarmLineReader reader;
  for (const auto* line :
       {"", "hello", "[]", "{}", R"({"ready":false})", R"({"ready":1})", R"({"id":0,"output":1})", R"({"id":"1","output":1})",
        R"({"id":1.5,"output":1})", R"({"id":1})", R"({"id":1,"output":NaN})", R"({"id":1,"output":1} {"id":2,"output":1})",
        R"({"id":1,"output":1,"output":2})", R"({"id":1,"error":"x","exit_code":0})", R"({"id":1,"error":"x","exit_code":256})",
        "{\"id\":1,\"output\":\"\xFF\"}"})
    EXPECT_FALSE(reader.read(line)) << line;
}

TEST(WarmLines, an_error_that_is_not_null_counts_whatever_stands_beside_it) {
  EXPECT_EQ(read<WarmFailure>(R"({"id":1,"output":null,"error":"boom"})").message, "boom");
  EXPECT_EQ(read<WarmFailure>(R"({"error":{"code":3},"output":1,"id":1})").message, R"({"code":3})");
  EXPECT_EQ(read<WarmOutput>(R"({"id":1,"output":{"a":1},"error":null})").json, R"({"a":1})");
  EXPECT_EQ(read<WarmFailure>(R"({"id":1,"error":null})").message, "null");
  for (const auto* line : {R"({"id":1,"error":""})", R"({"id":1,"output":null,"error":""})"})
    EXPECT_EQ(read<WarmFailure>(line).message, "the plugin gave no reason") << line;
}

TEST(WarmLines, a_slip_beside_the_answer_is_no_fault) {
  for (const auto* line : {R"({"id":3,"progress":1.02})", R"({"id":3,"progress":-1})", R"({"id":3,"progress":"x"})",
                           R"({"id":3,"log":"x","stream":"in"})", R"({"id":3,"log":"x","stream":1})"})
    EXPECT_EQ(read<WarmSlip>(line).id, WarmRequestId{3}) << line;
}

TEST(WarmLines, a_request_is_one_line_with_the_input_as_it_came) {
  std::string out = "before\n";
  append_warm_request(out, WarmRequestId{12}, "{ \"a\":\r\n 1.0,\"b\":\"\\n\"}", R"({"ORC_JOB_ID":"3"})");
  EXPECT_EQ(out, "before\n{\"id\":12,\"input\":{ \"a\":   1.0,\"b\":\"\\n\"},\"context\":{\"ORC_JOB_ID\":\"3\"}}\n");
}

}  // namespace
}  // namespace orc
