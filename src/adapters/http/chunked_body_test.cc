#include "adapters/http/chunked_body.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>

namespace orc {
namespace {

std::string hexadecimal(std::size_t number) {
  char text[20];
  return {text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%zx", number))};
}

TEST(ChunkedBody, stops_where_the_body_ends) {
  const HttpServerLimits limits;
  ChunkedBodyReader reader(limits, 100);
  std::string body;
  const std::string bytes = "3;ext=\"a b\"\r\nabc\r\n0\r\nX: y\r\n\r\nGET";
  EXPECT_EQ(reader.read(bytes, body).value(), bytes.size() - 3);
  EXPECT_TRUE(reader.finished());
  EXPECT_EQ(body, "abc");
}

TEST(ChunkedBody, the_limit_is_on_all_chunks_together_and_judged_by_the_size_line) {
  const HttpServerLimits limits;
  ChunkedBodyReader exact(limits, 4);
  std::string body;
  EXPECT_TRUE(exact.read("2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", body));
  EXPECT_EQ(body, "abcd");
  ChunkedBodyReader above(limits, 4);
  body.clear();
  const auto refused = above.read("2\r\nab\r\n3\r\n", body);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 413);
  ChunkedBodyReader huge(limits, 4);
  body.clear();
  EXPECT_EQ(huge.read("fffffffffffffff\r\n", body).error().status, 413);
}

TEST(ChunkedBody, size_lines_are_bounded_one_by_one_and_together) {
  HttpServerLimits limits;
  limits.chunk_extension_max = 20;
  limits.chunk_overhead_max = 100;
  std::string body;
  ChunkedBodyReader one(limits, 1'000'000);
  EXPECT_EQ(one.read("1;" + std::string(20, 'a'), body).error().status, 400);
  ChunkedBodyReader many(limits, 1'000'000);
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += "1\r\nx\r\n";
  EXPECT_EQ(many.read(bytes, body).error().status, 400);
}

TEST(ChunkedBody, trailers_are_bounded) {
  HttpServerLimits limits;
  limits.trailer_max = 20;
  std::string body;
  ChunkedBodyReader reader(limits, 10);
  EXPECT_EQ(reader.read("0\r\nX: " + std::string(20, 'a') + "\r\n\r\n", body).error().status, 431);
}

RC_GTEST_PROP(ChunkedBody, any_chunks_in_any_slices_give_the_same_body, (const std::vector<std::string>& chunks)) {
  std::string wire;
  std::string expected;
  for (const std::string& chunk : chunks) {
    if (chunk.empty()) continue;
    wire += hexadecimal(chunk.size()) + "\r\n" + chunk + "\r\n";
    expected += chunk;
  }
  wire += "0\r\n\r\n";
  const HttpServerLimits limits;
  ChunkedBodyReader reader(limits, expected.size());
  std::string body;
  std::size_t begin = 0;
  while (begin < wire.size()) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 9);
    const auto used = reader.read(std::string_view{wire}.substr(begin, size), body);
    RC_ASSERT(used.has_value());
    begin += *used;
  }
  RC_ASSERT(reader.finished());
  RC_ASSERT(body == expected);
}

}  // namespace
}  // namespace orc
