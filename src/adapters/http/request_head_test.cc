#include "adapters/http/request_head.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <string>

namespace orc {
namespace {

// Everything that a reader can tell about some bytes, as one text to compare.
std::string told_about(std::string_view bytes, const std::vector<std::size_t>& slices) {
  const HttpServerLimits limits;
  RequestHeadReader reader(limits);
  std::size_t arrived = 0;
  std::size_t next = 0;
  while (true) {
    const auto complete = reader.scan(bytes.substr(0, arrived));
    if (!complete) return std::to_string(complete.error().status) + complete.error().sentence;
    if (*complete) break;
    if (arrived == bytes.size()) return "incomplete";
    arrived = next < slices.size() ? std::min(bytes.size(), arrived + slices[next++]) : bytes.size();
  }
  HttpRequestHead head;
  const auto framing = reader.read(bytes, head);
  if (!framing) return std::to_string(framing.error().status) + framing.error().sentence;
  std::string text = head.method + "|" + head.path + "|" + head.query + "|" + std::to_string(static_cast<int>(framing->body)) + "|" +
                     std::to_string(framing->length) + "|" + std::to_string(reader.size());
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    text.append("|").append(head.headers.at(i).name).append("=").append(head.headers.at(i).value);
  }
  return text;
}

TEST(RequestHead, fields_and_framing_are_read) {
  const HttpServerLimits limits;
  RequestHeadReader reader(limits);
  const std::string bytes =
      "POST /a%20b?x=1&y=a+b&x=%32 HTTP/1.1\r\nHost: h:80\r\nContent-Length: 12\r\nX-Empty:\r\nContent-Type:  Text/JSON ; charset=utf-8 "
      "\r\n"
      "Connection: foo, Close\r\n\r\nrest";
  ASSERT_TRUE(reader.scan(bytes).value());
  EXPECT_EQ(reader.size(), bytes.size() - 4);
  HttpRequestHead head;
  const auto framing = reader.read(bytes, head);
  ASSERT_TRUE(framing);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/a b");
  EXPECT_EQ(head.query, "x=1&y=a+b&x=%32");
  EXPECT_EQ(head.query_parameters, (std::vector<HttpParameter>{{"x", "1"}, {"y", "a b"}, {"x", "2"}}));
  EXPECT_EQ(head.query_value("y"), "a b");
  EXPECT_EQ(head.headers.value_of("x-EMPTY"), "");
  EXPECT_FALSE(head.headers.find("absent"));
  EXPECT_EQ(head.media_type(), "text/json");
  EXPECT_EQ(framing->body, RequestFraming::Body::length);
  EXPECT_EQ(framing->length, 12U);
  EXPECT_EQ(framing->after, RequestFraming::After::close);
}

TEST(RequestHead, headers_stay_right_when_copied_and_moved) {
  HttpHeaders first;
  first.add("A", "1");
  HttpHeaders second = first;
  HttpHeaders third = std::move(first);
  second.add("B", "2");
  EXPECT_EQ(second.value_of("a"), "1");
  EXPECT_EQ(second.value_of("b"), "2");
  EXPECT_EQ(third.value_of("a"), "1");
  EXPECT_EQ(third.size(), 1U);
}

// Slicing must not matter, for bytes that are nearly right as well.
RC_GTEST_PROP(RequestHead, slices_do_not_change_what_is_read, ()) {
  std::string bytes = "POST /path?q=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-Y: z\r\n\r\n";
  const auto changes = *rc::gen::inRange(0, 3);
  for (int i = 0; i < changes; ++i) {
    const auto place = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[place] = *rc::gen::elementOf(std::string{"\r\n :\t/aA0\0\x80,;%", 14});
  }
  const auto slices = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 20));
  RC_ASSERT(told_about(bytes, slices) == told_about(bytes, {}));
}

// Nothing that the reader accepts holds a byte that another reader could take for the end of a line or of a field.
RC_GTEST_PROP(RequestHead, what_is_accepted_is_clean, ()) {
  const auto noise = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  const std::string bytes = "GET /x HTTP/1.1\r\nHost: a\r\nX: " + noise + "\r\n\r\n";
  const HttpServerLimits limits;
  RequestHeadReader reader(limits);
  const auto complete = reader.scan(bytes);
  if (!complete || !*complete) return;
  HttpRequestHead head;
  if (!reader.read(bytes, head)) return;
  for (std::size_t i = 0; i < head.headers.size(); ++i) {
    for (const char c : head.headers.at(i).value) RC_ASSERT(c != '\r' && c != '\n' && c != '\0');
  }
}

}  // namespace
}  // namespace orc
