#include "adapters/rest/submission_reader.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_credentials.h"

namespace orc {
namespace {

ContentHash sha256(std::string_view bytes) { return FakeDigest().sha256(bytes); }

ReadSubmissions read_one_submission(std::string_view body, std::string_view header_key) {
  FakeDigest digest;
  return orc::read_one_submission(body, header_key, digest);
}

ReadSubmissions read_batch(std::string_view body, std::string_view header_key) {
  FakeDigest digest;
  return orc::read_batch(body, header_key, digest);
}

TEST(submission_reader, every_field_is_read) {
  const std::string body =
      R"({"plugin_name": "a", "input_data": {"n":1.0}, "priority": 0, "run_at": "1970-01-01T00:00:01Z", "timeout_seconds": 5,
    "max_attempts": 3, "share_key": "s", "labels": {"k": "v"}, "idempotency_key": "i", "unknown": true,
    "callback_url": "https://hooks.example.org/x"})";
  const auto read = read_one_submission(body, "");
  ASSERT_TRUE(read.malformed.empty() && read.too_large.empty());
  const JobRequest& request = read.requests.front();
  EXPECT_EQ(request.plugin_name, "a");
  EXPECT_EQ(request.input, R"({"n":1.0})");
  EXPECT_EQ(request.priority, 0);
  EXPECT_EQ(request.run_at, timestamp_from_ms(1000));
  EXPECT_EQ(request.timeout, std::chrono::seconds{5});
  EXPECT_EQ(request.attempts_max, 3);
  EXPECT_EQ(request.share_key, "s");
  EXPECT_EQ(request.labels, (Labels{{"k", "v"}}));
  EXPECT_EQ(request.callback->text, "https://hooks.example.org/x");
  EXPECT_EQ(request.idempotency, (Idempotency{.key = "i", .request = sha256(body)}));
}

TEST(submission_reader, what_is_absent_has_its_default) {
  const JobRequest request = read_one_submission(R"({"plugin_name": "a"})", "").requests.front();
  EXPECT_EQ(request.input, "{}");
  EXPECT_EQ(request.priority, job_priority_default);
  EXPECT_FALSE(request.run_at || request.timeout || request.attempts_max || request.share_key || request.idempotency);
  EXPECT_TRUE(request.labels.empty() && request.blobs.empty());
}

TEST(submission_reader, a_header_gives_the_key_and_may_not_contradict_the_body) {
  EXPECT_EQ(read_one_submission(R"({"plugin_name": "a"})", "h").requests.front().idempotency->key, "h");
  EXPECT_TRUE(read_one_submission(R"({"plugin_name": "a", "idempotency_key": "h"})", "h").malformed.empty());
  EXPECT_FALSE(read_one_submission(R"({"plugin_name": "a", "idempotency_key": "b"})", "h").malformed.empty());
}

TEST(submission_reader, a_callback_url_has_one_reading_or_is_refused_with_its_place) {
  const auto read = read_one_submission(R"({"plugin_name": "a", "callback_url": "https://allowed\\@evil/"})", "");
  ASSERT_EQ(read.malformed.size(), 1u);
  EXPECT_EQ(read.malformed[0].loc, (FieldPlace{"body", "callback_url"}));
  EXPECT_TRUE(read.malformed[0].msg.starts_with("Value error, a callback_url must have a percent-encoded path")) << read.malformed[0].msg;
  EXPECT_FALSE(read_one_submission(R"({"plugin_name": "a", "callback_url": 5})", "").malformed.empty());
  EXPECT_FALSE(read_one_submission(R"({"plugin_name": "a", "callback_url": ""})", "").malformed.empty());
  EXPECT_EQ(read_one_submission(R"({"plugin_name": "a", "callback_url": null})", "").requests.front().callback, std::nullopt);
}

TEST(submission_reader, a_broken_blob_reference_is_named_with_its_place_if_it_has_one) {
  const auto fault_of = [](const std::string& input) {
    const auto read = read_one_submission(R"({"plugin_name": "a", "input_data": )" + input + "}", "");
    return read.malformed.size() == 1 ? read.malformed[0].msg : "";
  };
  EXPECT_TRUE(fault_of(R"({"f": {"$blob": 5}})").starts_with("at /f: a blob reference reads ")) << fault_of(R"({"f": {"$blob": 5}})");
  EXPECT_TRUE(fault_of(R"({"$blob": 5})").starts_with("a blob reference reads ")) << fault_of(R"({"$blob": 5})");
}

TEST(submission_reader, labels_have_bounds) {
  std::string many;
  for (std::size_t i = 0; i <= job_labels_max; ++i) many += (i ? "," : "") + ("\"k" + std::to_string(i) + "\": \"v\"");
  const std::string bad[] = {"{" + many + "}", R"({"": "v"})", R"({")" + std::string(101, 'k') + R"(": "v"})",
                             R"({"k": ")" + std::string(101, 'v') + "\"}"};
  for (const std::string& labels : bad)
    EXPECT_FALSE(read_one_submission(R"({"plugin_name": "a", "labels": )" + labels + "}", "").malformed.empty()) << labels;
}

TEST(submission_reader, each_entry_of_a_batch_keeps_its_own_bytes_under_its_own_key) {
  const auto read = read_batch(R"({"jobs": [{"plugin_name": "a", "idempotency_key": "x"}, {"plugin_name": "a"}]})", "");
  EXPECT_EQ(read.requests[0].idempotency->request, sha256(R"({"plugin_name": "a", "idempotency_key": "x"})"));
  EXPECT_FALSE(read.requests[1].idempotency);
  const std::string body = R"({"jobs": [{"plugin_name": "a"}, {"plugin_name": "a"}]})";
  const auto keyed = read_batch(body, "h");
  EXPECT_EQ(keyed.batch, (Idempotency{.key = "h", .request = sha256(body)}));
  EXPECT_FALSE(keyed.requests[1].idempotency);
  EXPECT_FALSE(read.batch || read_batch(body, "").batch);
}

TEST(submission_reader, the_key_of_a_batch_is_no_entrys_too) {
  const std::string body = R"({"jobs": [{"plugin_name": "a"}, {"plugin_name": "a", "idempotency_key": "h"}]})";
  const auto faults = read_batch(body, "h").malformed;
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults.front().loc, (FieldPlace{"body", "jobs", std::int64_t{1}, "idempotency_key"}));
  EXPECT_TRUE(read_batch(body, "other").malformed.empty());
}

TEST(submission_reader, an_input_refers_to_a_bounded_number_of_files) {
  const auto body_with = [](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (i ? "," : "") + (R"({"$blob": "sha256:)" + to_hex(sha256(std::to_string(i))) + "\"}");
    return R"({"plugin_name": "a", "input_data": {"files": [)" + list + "]}}";
  };
  EXPECT_TRUE(read_one_submission(body_with(job_blobs_max), "").malformed.empty());
  EXPECT_EQ(read_one_submission(body_with(job_blobs_max + 1), "").malformed.size(), 1U);
}

TEST(submission_reader, the_number_of_faults_told_is_bounded) {
  std::string jobs;
  for (int i = 0; i < 1000; ++i) jobs += (i ? "," : "") + std::string(R"({"priority": 77})");
  EXPECT_EQ(read_batch(R"({"jobs": [)" + jobs + "]}", "").malformed.size(), 1000U);
}

}  // namespace
}  // namespace orc
