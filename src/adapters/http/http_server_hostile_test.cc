// Requests that two implementations could read differently, or that ask for too much. Each gets one refusal and a closed connection:
// the canary behind it must never be answered.

#include <gtest/gtest.h>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/http_server.h"
#include "adapters/http/http_test_server.h"

namespace orc {
namespace {

using std::string_literals::operator""s;

const std::string canary = "GET /canary HTTP/1.1\r\nHost: a\r\n\r\n";

struct Hostile {
  std::string name;
  std::string request;
  std::set<int> statuses;
};

void expect_one_refusal_and_a_close(const std::vector<Hostile>& table) {
  TestServer server;
  for (const Hostile& hostile : table) {
    const std::string answers = server.exchange(hostile.request + canary);
    EXPECT_TRUE(hostile.statuses.contains(status_of(answers))) << hostile.name << " got: " << answers.substr(0, 300);
    EXPECT_EQ(answers_in(answers), 1U) << hostile.name;
    EXPECT_NE(answers.find("Connection: close\r\n"), std::string::npos) << hostile.name;
    EXPECT_TRUE(body_of(answers).starts_with("{\"detail\":\"")) << hostile.name;
  }
  EXPECT_EQ(server.handler.handled, 0);
}

std::string post_with(std::string_view fields, std::string_view body) {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n\r\n" + std::string{body};
}

Hostile transfer_encoding(std::string_view value) {
  return {"Transfer-Encoding: " + std::string{value}, post_with("Transfer-Encoding: " + std::string{value}, "0\r\n\r\n"), {400, 501}};
}

Hostile content_length(std::string_view value, std::string_view body) {
  return {"Content-Length: " + std::string{value}, post_with("Content-Length: " + std::string{value}, body), {400}};
}

Hostile chunks(std::string_view name, std::string_view body) {
  return {std::string{name}, post_with("Transfer-Encoding: chunked", body), {400}};
}

Hostile field(std::string_view name, std::string_view line) {
  return {std::string{name}, "GET /x HTTP/1.1\r\nHost: a\r\n" + std::string{line} + "\r\n\r\n", {400}};
}

Hostile start(std::string_view line, std::set<int> statuses = {400}) {
  return {std::string{line.substr(0, 60)}, std::string{line} + "\r\nHost: a\r\n\r\n", std::move(statuses)};
}

TEST(HttpServerHostile, ambiguous_transfer_encodings_are_refused) {
  expect_one_refusal_and_a_close({
      {"length and chunked", post_with("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), {400}},
      {"chunked and length", post_with("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), {400}},
      {"length zero and chunked", post_with("Content-Length: 0\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), {400}},
      {"chunked twice", post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), {400}},
      {"chunked and identity", post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"), {400}},
      {"in HTTP/1.0", "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}},
      {"folded", post_with("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"), {400}},
      {"space before colon", post_with("Transfer-Encoding : chunked", "0\r\n\r\n"), {400}},
      transfer_encoding("chunked, chunked"),
      transfer_encoding(",chunked"),
      transfer_encoding("chunked,"),
      transfer_encoding("xchunked"),
      transfer_encoding("chunkedx"),
      transfer_encoding("\xa0"s + "chunked"),
      transfer_encoding("\"chunked\""),
      transfer_encoding("gzip, chunked"),
      transfer_encoding("identity"),
      transfer_encoding("chunked;q=1"),
      transfer_encoding("\vchunked"),
      transfer_encoding(""),
  });
}

TEST(HttpServerHostile, odd_content_lengths_are_refused) {
  expect_one_refusal_and_a_close({
      content_length("+1", "x"),
      content_length("1_0", "0123456789"),
      content_length("010", "0123456789"),
      content_length("0x10", "0123456789abcdef"),
      content_length("", ""),
      content_length("1Z", "x"),
      content_length("-48", ""),
      content_length("1 0", "0123456789"),
      content_length("1,1", "x"),
      content_length("1.0", "x"),
      content_length("\xd9\xa1", "x"),
      content_length("99999999999999999999999", ""),
      {"two different", post_with("Content-Length: 1\r\nContent-Length: 2", "xx"), {400}},
      {"two equal", post_with("Content-Length: 1\r\nContent-Length: 1", "x"), {400}},
      {"two spellings", post_with("content-length: 1\r\nCONTENT-LENGTH: 2", "xx"), {400}},
  });
}

TEST(HttpServerHostile, malformed_chunks_are_refused) {
  expect_one_refusal_and_a_close({
      chunks("hexadecimal prefix", "0x5\r\nhello\r\n0\r\n\r\n"),
      chunks("underscore", "5_\r\nhello\r\n0\r\n\r\n"),
      chunks("empty size", "\r\nhello\r\n0\r\n\r\n"),
      chunks("empty size at the end", "5\r\nhello\r\n\r\n\r\n"),
      chunks("extension without a size", ";a\r\n\r\n"),
      chunks("plus", "+5\r\nhello\r\n0\r\n\r\n"),
      chunks("minus", "-5\r\nhello\r\n0\r\n\r\n"),
      chunks("space before", " 5\r\nhello\r\n0\r\n\r\n"),
      chunks("space after", "5 \r\nhello\r\n0\r\n\r\n"),
      chunks("17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n"),
      chunks("overflow", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
      chunks("bare LF after size", "5\nhello\r\n0\r\n\r\n"),
      chunks("bare CR in extension", "5;a\rb\r\nhello\r\n0\r\n\r\n"),
      chunks("bare LF in extension", "5;a\n\r\nhello\r\n0\r\n\r\n"),
      chunks("NUL in extension", "5;a\0b\r\nhello\r\n0\r\n\r\n"s),
      chunks("no CRLF after content", "5\r\nhello0\r\n\r\n"),
      chunks("bare LF after content", "5\r\nhello\n0\r\n\r\n"),
      chunks("longer than it says", "5\r\nhelloX\r\n0\r\n\r\n"),
      chunks("extension of 64 KiB", "5;" + std::string(64 * 1024, 'a') + "\r\nhello\r\n0\r\n\r\n"),
      chunks("malformed trailer", "0\r\nno colon\r\n\r\n"),
      chunks("bare LF in trailer", "0\r\n\n\r\n"),
  });
}

TEST(HttpServerHostile, malformed_fields_are_refused) {
  expect_one_refusal_and_a_close({
      field("space before colon", "X : y"),
      field("tab before colon", "X\t: y"),
      field("obsolete folding", "X: y\r\n z"),
      field("folding by tab", "X: y\r\n\tz"),
      field("NUL in value", "X: a\0b"s),
      field("CR in value", "X: a\rb"),
      field("CR CR LF", "X: a\r"),
      field("control in value",
            "X: a\x01"
            "b"),
      field("delete in value", "X: a\x7f"),
      field("empty name", ": y"),
      field("no colon", "X"),
      field("high byte in name", "X\xc3\xa4: y"),
      field("NUL in name", "X\0: y"s),
      field("parenthesis in name", "X(: y"),
      field("two Content-Type", "Content-Type: a/b\r\nContent-Type: c/d"),
      field("two Authorization", "Authorization: a\r\nauthorization: b"),
      field("bare LF between fields", "X: yz\nY: z"),
      field("bare LF that hides a field", "X: y\nContent-Length: 5"),
      {"tab before the first field", "GET /x HTTP/1.1\r\n\tHost: a\r\n\r\n", {400}},
      {"space before the first field", "GET /x HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n", {400}},
      {"bare LF everywhere", "GET /x HTTP/1.1\nHost: a\n\n", {400}},
      {"bare LF after the request line", "GET /x HTTP/1.1\nHost: a\r\n\r\n", {400}},
      {"bare LF at the end", "GET /x HTTP/1.1\r\nHost: a\r\n\n", {400}},
      {"no Host", "GET /x HTTP/1.1\r\n\r\n", {400}},
      {"two Hosts", "GET /x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", {400}},
      {"empty Host", "GET /x HTTP/1.1\r\nHost:\r\n\r\n", {400}},
      {"Host with user", "GET /x HTTP/1.1\r\nHost: a@b\r\n\r\n", {400}},
      {"Host with path", "GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n", {400}},
      {"unknown expectation", "POST /x HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\nx", {417}},
      {"encoded body", post_with("Content-Encoding: gzip\r\nContent-Length: 4", "\x1f\x8b\x08\x01"), {415}},
  });
}

TEST(HttpServerHostile, malformed_request_lines_are_refused) {
  expect_one_refusal_and_a_close({
      start("GET /x HTTP/1.32"),
      start("GET /x HTTP/2.0", {505}),
      start("GET /x HTTP/0.9", {505}),
      start("GET /x HTTP/01.1"),
      start("GET /x http/1.1"),
      start("GET /x HTTP/1.1 "),
      start("GET /x"),
      start("GET  /x HTTP/1.1"),
      start("GET /x  HTTP/1.1"),
      start("GET\t/x HTTP/1.1"),
      start(" GET /x HTTP/1.1"),
      start("GET ! HTTP/1.1"),
      start("GET x HTTP/1.1"),
      start("GET * HTTP/1.1"),
      start("CONNECT a:80 HTTP/1.1"),
      start("G\"T /x HTTP/1.1"),
      start("G{T /x HTTP/1.1"),
      start("\x16\x03\x01 /x HTTP/1.1"),
      start("GET /x\0y HTTP/1.1"s),
      start("GET /\xc3\xa4 HTTP/1.1"),
      start("GET /x#y HTTP/1.1"),
      start("GET http://other/x HTTP/1.1"),
      start("GET http://a@a/x HTTP/1.1"),
      start("GET https://a/x HTTP/1.1"),
      {"two empty lines before", "\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", {400}},
      {"HTTP/0.9", "GET /x\r\n\r\n", {400}},
      {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}},
  });
}

TEST(HttpServerHostile, paths_that_could_mean_another_are_refused) {
  std::vector<Hostile> table;
  for (const std::string_view path :
       {"/..",      "/../etc/passwd", "/a/../b",  "/a/./b",          "/a/..",      "/%2e%2e/x",        "/%2e%2e%2fetc", "/.%2e/x",
        "/a%2fb",   "/a%2Fb",         "/a%5cb",   "/a\\b",           "/%00",       "/a%00b",           "/a%0d%0aX:y",   "/%",
        "/%4",      "/%zz",           "/a;x=y",   "/%c0%ae%c0%ae/x", "/%e0%80%af", "/%f8%80%80%80%af", "/%ff",          "/%ed%a0%80",
        "/a?b=%zz", "/a?b=%ff",       "/a?b=%00", "/a?<script>"}) {
    table.push_back(start("GET " + std::string{path} + " HTTP/1.1"));
  }
  expect_one_refusal_and_a_close(table);
}

TEST(HttpServerHostile, too_much_is_refused_by_name) {
  std::string fields;
  for (int i = 0; i < 200; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
  std::string parameters;
  for (int i = 0; i < 200; ++i) parameters += "a=1&";
  expect_one_refusal_and_a_close({
      {"request line of 64 KiB", "GET /" + std::string(64 * 1024, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", {414}},
      {"line without end", std::string(64 * 1024, 'a'), {414}},
      {"200 fields", "GET /x HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n", {431}},
      {"field of 64 KiB", "GET /x HTTP/1.1\r\nHost: a\r\nX: " + std::string(64 * 1024, 'a') + "\r\n\r\n", {431}},
      {"200 parameters", "GET /x?" + parameters + " HTTP/1.1\r\nHost: a\r\n\r\n", {400}},
      {"body of 2 MiB + 1", post_with("Content-Length: 2097153", ""), {413}},
  });
}

TEST(HttpServerHostile, unusual_but_clear_requests_are_answered) {
  TestServer server;
  const std::vector<std::pair<std::string, std::string>> table = {
      {"\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x "},
      {"GET /x HTTP/1.1\r\nHOST:a:80\r\n\r\n", "GET /x "},
      {"GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x "},
      {"GET /%41%20%c3%a4 HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /A \xc3\xa4 "},
      {"TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n", "TRACE /x "},
      {"UNHEARD-OF /x HTTP/1.1\r\nHost: a\r\n\r\n", "UNHEARD-OF /x "},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * "},
      {"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n000\r\n\r\n", "POST /x abc"},
      {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length:3\t\r\n\r\nabc", "POST /x abc"},
      {"GET /x HTTP/1.1\r\nHost: a\r\nX: \xc3\xa4\t b\r\nEmpty:\r\n\r\n", "GET /x "},
      {"GET /x?a=b;c&d={e}|[f] HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x "},
      {"GET //x HTTP/1.1\r\nHost: a\r\n\r\n", "GET //x "},
  };
  RawSocket client(server.port);
  for (const auto& [request, body] : table) {
    client.send(request);
    const std::string answer = client.read_answer();
    EXPECT_EQ(status_of(answer), 200) << request << answer;
    EXPECT_EQ(body_of(answer), body) << request;
  }
}

TEST(HttpServerHostile, a_refused_upload_does_not_lose_its_answer_to_a_reset) {
  TestServer server;
  RawSocket client(server.port);
  client.send(post_with("Content-Length: 1073741824", std::string(512 * 1024, 'x')));
  EXPECT_EQ(status_of(client.read_to_end()), 413);
  EXPECT_FALSE(client.was_reset());
}

}  // namespace
}  // namespace orc
