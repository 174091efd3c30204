#include "adapters/callback/callback_message.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

DueCallback failed_job() {
  return {.id = CallbackId{3},
          .job = JobId{17},
          .owner = UserId{2},
          .url = "https://hooks.example.org:8443/ended?key=1",
          .plugin_name = "echo",
          .plugin_version = "1.0.0",
          .status = JobStatus::failed,
          .error_message = "exit code 1: \"no\"",
          .labels = {{"team", "red"}},
          .created_at = timestamp_from_ms(1'700'000'000'000),
          .ended_at = timestamp_from_ms(1'700'000'001'250)};
}

TEST(CallbackMessage, the_body_tells_what_ended_and_how) {
  EXPECT_EQ(callback_body(failed_job()),
            R"({"type":"job.failed","timestamp":"2023-11-14T22:13:21.250Z","data":{"id":17,"plugin_name":"echo","plugin_version":"1.0.0",)"
            R"("status":"failed","error_message":"exit code 1: \"no\"","created_at":"2023-11-14T22:13:20.000Z",)"
            R"("completed_at":"2023-11-14T22:13:21.250Z","labels":{"team":"red"}}})");
}

TEST(CallbackMessage, the_request_is_signed_over_its_name_its_time_and_its_body) {
  const CallbackSecrets secrets("a secret key of more than thirty-two bytes");
  const DueCallback callback = failed_job();
  const auto url = parse_callback_url(callback.url);
  const std::string body = callback_body(callback);
  EXPECT_EQ(callback_request(callback, *url, secrets, timestamp_from_ms(1'700'000'002'999)),
            "POST /ended?key=1 HTTP/1.1\r\nHost: hooks.example.org:8443\r\nUser-Agent: orc/" ORC_VERSION
            "\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) +
                "\r\nConnection: close\r\nwebhook-id: job_17_3_1700000001250\r\nwebhook-timestamp: 1700000002\r\nwebhook-signature: " +
                secrets.signature(UserId{2}, "job_17_3_1700000001250", "1700000002", body) + "\r\n\r\n" + body);
}

TEST(CallbackMessage, answers_mean_what_standard_webhooks_says) {
  using Kind = CallbackAnswer::Kind;
  struct Case {
    const char* head;
    Kind kind;
    int status;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", Kind::taken, 200},      {"HTTP/1.0 204\r\n\r\n", Kind::taken, 204},
      {"HTTP/1.1 299 \r\n\r\n", Kind::taken, 299},        {"HTTP/1.1 301 Moved\r\nLocation: x\r\n\r\n", Kind::not_taken, 301},
      {"HTTP/1.1 410 Gone\r\n\r\n", Kind::gone, 410},     {"HTTP/1.1 404 Not Found\r\n\r\n", Kind::not_taken, 404},
      {"HTTP/1.1 503 Away\r\n\r\n", Kind::not_taken, 503}};
  for (const Case& one : cases) {
    const auto answer = read_callback_answer(one.head);
    ASSERT_TRUE(answer) << one.head;
    EXPECT_EQ(answer->kind, one.kind) << one.head;
    EXPECT_EQ(answer->status, one.status);
    EXPECT_EQ(answer->reason.empty(), one.kind == Kind::taken);
  }
  const auto asked_for = [](const char* head) { return read_callback_answer(head)->asked_for; };
  EXPECT_EQ(asked_for("HTTP/1.1 429 Busy\r\nServer: x\r\nretry-AFTER: 17\r\n\r\n"), std::chrono::seconds{17});
  EXPECT_EQ(asked_for("HTTP/1.1 503 Away\r\nX-Retry-After: 17\r\n\r\n"), std::chrono::seconds{0});
  EXPECT_EQ(asked_for("HTTP/1.1 503 Away\r\nRetry-After: soon\r\n\r\n"), std::chrono::seconds{0});
  for (const char* wrong : {"", "HTTP/1.1 20", "HTTP/1.1 2000 OK\r\n", "HTTP/2 200 OK\r\n", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 2x0 OK\r\n",
                            "HTTP/1.1  200 OK\r\n", "HTTP/1.1 020 OK\r\n"})
    EXPECT_FALSE(read_callback_answer(wrong)) << wrong;
}

}  // namespace
}  // namespace orc
