// Failed logins and submissions, which are bounded by rate.

#include <algorithm>
#include <gtest/gtest.h>

#include "adapters/rest/rest_test_site.h"

namespace orc {
namespace {

constexpr Rates three_failed_logins{.failed_logins = Rate{.count = 3, .period = std::chrono::minutes{1}}};
constexpr Rates two_submissions{.submissions = Rate{.count = 2, .period = std::chrono::seconds{1}}};

RestCall login(const std::string& name, const std::string& password, std::string peer = "192.0.2.7") {
  return {.method = "POST",
          .target = "/api/v1/auth/token",
          .body = R"({"username": ")" + name + R"(", "password": ")" + password + "\"}",
          .peer = std::move(peer)};
}

struct LoginSite : RestSite {
  LoginSite() : RestSite({}, Registration::open, three_failed_logins) { token_of_new("ada@b.example"); }

  RestReply log_in_as(const std::string& name, const std::string& password, std::string peer = "192.0.2.7") {
    return call(login(name, password, std::move(peer)));
  }
};

std::size_t count_of(int status, const std::vector<RestReply>& replies) {
  return static_cast<std::size_t>(std::ranges::count(replies, status, &RestReply::status));
}

TEST(rates, too_many_failed_logins_are_429_before_the_password_is_looked_at) {
  LoginSite site;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(site.log_in_as("ada@b.example", "wrong").status, 401);
  const int verified = site.hasher.verified;
  for (const std::string name : {"ada@b.example", " ADA@b.example"}) {
    const auto refused = site.log_in_as(name, "long enough");
    EXPECT_EQ(refused.status, 429) << name;
    EXPECT_EQ(refused.header("Retry-After"), "20");
    EXPECT_EQ(refused.body, R"({"detail":"Too many failed logins for this account from this address; try again in 20 s"})");
  }
  EXPECT_EQ(site.hasher.verified, verified);
  site.stores.clock.advance(std::chrono::seconds{20});
  EXPECT_EQ(site.log_in_as("ada@b.example", "long enough").status, 200);
}

TEST(rates, failed_logins_keep_out_neither_the_owner_elsewhere_nor_other_accounts) {
  LoginSite site;
  for (int i = 0; i < 5; ++i) site.log_in_as("ada@b.example", "wrong");
  EXPECT_EQ(site.log_in_as("ada@b.example", "long enough", "192.0.2.8").status, 200);
  EXPECT_EQ(site.log_in_as("bob@b.example", "wrong").status, 401);
}

TEST(rates, successful_logins_are_free) {
  LoginSite site;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(site.log_in_as("ada@b.example", "long enough").status, 200);
}

TEST(rates, wrong_logins_at_once_are_no_more_than_those_in_a_row) {
  LoginSite site;
  const auto replies = site.call_all(std::vector(8, login("ada@b.example", "wrong")));
  EXPECT_EQ(count_of(401, replies), 3U);
  EXPECT_EQ(count_of(429, replies), 5U);
  EXPECT_EQ(site.log_in_as("ada@b.example", "long enough").header("Retry-After"), "20");
}

TEST(rates, right_logins_at_once_leave_nothing_to_pay) {
  LoginSite site;
  EXPECT_EQ(count_of(200, site.call_all(std::vector(3, login("ada@b.example", "long enough")))), 3U);
  EXPECT_EQ(count_of(200, site.call_all(std::vector(3, login("ada@b.example", "long enough")))), 3U);
}

TEST(rates, one_address_does_not_take_all_places_of_passwords) {
  LoginSite site;
  std::vector<RestCall> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(login("nobody" + std::to_string(i), "wrong"));
  calls.push_back(login("ada@b.example", "long enough", "192.0.2.8"));
  const auto replies = site.call_all(calls);
  EXPECT_EQ(count_of(401, replies), 16U);
  EXPECT_EQ(count_of(429, replies), 4U);
  EXPECT_EQ(replies[19].header("Retry-After"), "1");
  EXPECT_EQ(replies[20].status, 200);
  EXPECT_EQ(count_of(401, site.call_all({calls.begin(), calls.begin() + 16})), 16U) << "the places are free again";
}

TEST(rates, registrations_take_places_of_passwords_too) {
  RestSite site;
  std::vector<RestCall> calls;
  for (int i = 0; i < 20; ++i)
    calls.push_back({"POST", "/api/v1/users", R"({"email": "a)" + std::to_string(i) + R"(@b.example", "password": "long enough"})"});
  const auto replies = site.call_all(calls);
  EXPECT_EQ(count_of(201, replies), 16U);
  EXPECT_EQ(count_of(429, replies), 4U);
}

struct SubmissionSite : RestSite {
  SubmissionSite() : RestSite({}, Registration::open, two_submissions) { add_plugin("echo"); }
  std::string admin = token_of_new("admin@b.example");
  std::string bob = token_of_new("bob@b.example");
};

TEST(rates, too_many_submissions_of_a_user_are_429_and_make_no_job) {
  SubmissionSite site;
  const std::string job = R"({"plugin_name": "echo"})";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(site.post("/api/v1/jobs", job, site.bob).status, 202);
  const auto refused = site.post("/api/v1/jobs", job, site.bob);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(site.stores.state.jobs.size(), 2U);
  EXPECT_EQ(site.post("/api/v1/jobs", job, site.admin).status, 202) << "another user";
  site.stores.clock.advance(std::chrono::milliseconds{500});
  EXPECT_EQ(site.post("/api/v1/jobs", job, site.bob).status, 202);
}

TEST(rates, a_batch_is_taken_whole_and_paid_for_afterwards) {
  SubmissionSite site;
  std::string jobs = R"({"plugin_name": "echo"})";
  for (int i = 1; i < 8; ++i) jobs += R"(, {"plugin_name": "echo"})";
  const std::string batch = R"({"jobs": [)" + jobs + "]}";
  EXPECT_EQ(site.post("/api/v1/jobs:batch", batch, site.bob).status, 202);
  const auto refused = site.post("/api/v1/jobs:batch", batch, site.bob);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Retry-After"), "4");
  EXPECT_EQ(site.stores.state.jobs.size(), 8U);
}

TEST(rates, a_submission_that_is_refused_for_its_content_is_free) {
  SubmissionSite site;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(site.post("/api/v1/jobs", R"({"plugin_name": 7})", site.bob).status, 422);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(site.post("/api/v1/jobs", R"({"plugin_name": "none"})", site.bob).status, 404);
  EXPECT_EQ(site.post("/api/v1/jobs", R"({"plugin_name": "echo"})", site.bob).status, 202);
}

TEST(rates, a_repeat_is_free) {
  SubmissionSite site;
  const std::string job = R"({"plugin_name": "echo", "idempotency_key": "a"})";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(site.post("/api/v1/jobs", job, site.bob).status, 202);
  EXPECT_EQ(site.stores.state.jobs.size(), 1U);
  EXPECT_EQ(site.post("/api/v1/jobs", R"({"plugin_name": "echo"})", site.bob).status, 202);
  EXPECT_EQ(site.post("/api/v1/jobs", R"({"plugin_name": "echo"})", site.bob).status, 429);
}

}  // namespace
}  // namespace orc
