#include "adapters/http/response_bytes.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(ResponseBytes, date_is_that_of_the_standard) {
  DateLine line;
  EXPECT_EQ(line.at(timestamp_from_ms(784'111'777'123)), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(line.at(timestamp_from_ms(784'111'777'999)), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(line.at(timestamp_from_ms(784'111'778'000)), "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
}

TEST(ResponseBytes, an_answer_looks_like_this) {
  HttpResponse response;
  response.status = 201;
  response.content_type = "application/json";
  response.headers = {{"Location", "/a"}};
  response.body = "{}";
  std::string out = "before|";
  append_response(out, response, "Date: x\r\n", ConnectionField::close, BodyBytes::sent);
  EXPECT_EQ(out,
            "before|HTTP/1.1 201 Created\r\nDate: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nLocation: /a\r\n"
            "Connection: close\r\n\r\n{}");
}

TEST(ResponseBytes, constant_content_is_sent_in_place_of_the_body) {
  HttpResponse response;
  response.body = "no";
  response.constant_body = "yes!";
  std::string out;
  append_response(out, response, "", ConnectionField::keep_alive, BodyBytes::sent);
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\nyes!");
}

TEST(ResponseBytes, fields_that_break_framing_are_not_sound) {
  const std::vector<std::pair<HttpField, bool>> table = {
      {{"X", "fine \xc3\xa4"}, true},
      {{"X", "a\r\nY: b"}, false},
      {{"X", "a\n"}, false},
      {{"X", std::string{"a\0b", 3}}, false},
      {{"X Y", "a"}, false},
      {{"", "a"}, false},
      {{"X:", "a"}, false},
      {{"Content-Length", "1"}, false},
      {{"transfer-encoding", "chunked"}, false},
      {{"Connection", "close"}, false},
  };
  for (const auto& [field, sound] : table) {
    HttpResponse response;
    response.headers = {field};
    EXPECT_EQ(fields_are_sound(response), sound) << field.name << ": " << field.value;
  }
  HttpResponse odd_type;
  odd_type.content_type = "a\r\nb";
  EXPECT_FALSE(fields_are_sound(odd_type));
  HttpResponse odd_status;
  odd_status.status = 100;
  EXPECT_FALSE(fields_are_sound(odd_status));
}

TEST(ResponseBytes, problems_escape_their_sentence) {
  EXPECT_EQ(http_problem(400, "a \"b\" \\ \n\x01").body, "{\"detail\":\"a \\\"b\\\" \\\\ \\u000a\\u0001\"}");
}

}  // namespace
}  // namespace orc
