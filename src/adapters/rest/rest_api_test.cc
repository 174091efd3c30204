#include "adapters/rest/rest_api.h"

#include <gtest/gtest.h>

#include "adapters/rest/rest_test_site.h"

namespace orc {
namespace {

TEST(rest_api, the_front_says_who_answers) {
  RestSite site;
  EXPECT_EQ(site.call({"GET", "/"}).body, R"({"message":"Orc runs plugins","version":")" ORC_VERSION R"(","docs":"/docs"})");
  EXPECT_EQ(site.call_registry({"GET", "/"}).body, R"({"message":"Orc plugin registry","version":")" ORC_VERSION R"(","docs":"/docs"})");
  EXPECT_EQ(site.call({"GET", "/health"}).body, R"({"status":"healthy"})");
}

TEST(rest_api, what_is_not_there_is_404_and_what_cannot_be_done_405) {
  RestSite site;
  for (const std::string target : {"/nowhere", "/api/v1/nowhere", "/health/", "/api/v1/jobs/", "/API/v1/jobs", "/api/v1/jobs/1/nowhere"}) {
    const auto reply = site.call({"GET", target});
    EXPECT_EQ(reply.status, 404) << target;
    EXPECT_EQ(reply.body, R"({"detail":"Not Found"})") << target;
  }
  const struct {
    std::string_view method, target, allow;
  } wrong[] = {
      {"POST", "/health", "GET, HEAD"},      {"TRACE", "/api/v1/jobs", "GET, HEAD, POST"}, {"BREW", "/api/v1/jobs/1", "DELETE, GET, HEAD"},
      {"GET", "/api/v1/jobs:batch", "POST"}, {"PUT", "/api/v1/users/me", "GET, HEAD"},     {"OPTIONS", "/health", "GET, HEAD"}};
  for (const auto& [method, target, allow] : wrong) {
    const auto reply = site.call({method, std::string(target)});
    EXPECT_EQ(reply.status, 405) << method << target;
    EXPECT_EQ(reply.body, R"({"detail":"Method Not Allowed"})");
    EXPECT_EQ(reply.header("Allow"), allow);
  }
}

TEST(rest_api, the_registry_serves_plugins_and_nothing_of_the_rest) {
  RestSite site;
  EXPECT_EQ(site.call_registry({"GET", "/api/v1/plugins"}).status, 200);
  for (const std::string target : {"/api/v1/jobs", "/api/v1/users", "/api/v1/auth/token", "/metrics"})
    EXPECT_EQ(site.call_registry({"GET", target}).status, 404) << target;
}

TEST(rest_api, readiness_names_what_is_away) {
  RestSite site;
  EXPECT_EQ(site.call({"GET", "/health/ready"}).body,
            R"({"status":"ready","checks":{"store":{"status":"ready","detail":"the database answers"}}})");
  site.probe.answer = fail(ErrorCode::unavailable, "the disk is full");
  site.stores.clock.advance(std::chrono::seconds{1});
  const auto reply = site.call_registry({"GET", "/health/ready"});
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.header("Retry-After"), "1");
  EXPECT_EQ(reply.body, R"({"status":"not ready","checks":{"store":{"status":"not ready","detail":"the disk is full"}}})");
}

TEST(rest_api, metrics_are_for_loopback_or_a_reader) {
  RestSite site;
  const std::string token = site.token_of_new("a@b.example");
  EXPECT_EQ(site.call({"GET", "/metrics"}).status, 401);
  EXPECT_EQ(site.call({.method = "GET", .target = "/metrics", .peer = "127.0.0.1"}).body, "orc_up 1\n");
  EXPECT_EQ(site.call({.method = "GET", .target = "/metrics", .headers = {{"X-Forwarded-For", "203.0.113.9"}}, .peer = "127.0.0.1"}).status,
            401)
      << "a proxy on this host speaks for somebody elsewhere";
  EXPECT_EQ(site.get("/metrics", token).status, 200);
}

TEST(rest_api, every_answer_says_what_browsers_and_operators_need) {
  RestSite site;
  for (const std::string target : {"/health", "/nowhere", "/api/v1/jobs", "/docs"}) {
    const auto reply = site.call({"GET", target});
    EXPECT_EQ(reply.header("X-Request-Id"), "0123456789abcdef") << target;
    EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff") << target;
    EXPECT_FALSE(reply.header("Cache-Control").empty()) << target;
  }
}

TEST(rest_api, only_allowed_origins_hear_that_they_are) {
  RestSite site({.cors_origins = {"https://app.example"}, .allowed_hosts = {}});
  const HttpField good{"Origin", "https://app.example"};
  const HttpField evil{"Origin", "https://evil.example"};
  const HttpField asks{"Access-Control-Request-Method", "POST"};
  const auto preflight = site.call({"OPTIONS", "/api/v1/jobs", "", {good, asks}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(preflight.header("Access-Control-Allow-Methods"), "GET, HEAD, POST");
  EXPECT_TRUE(preflight.header("Access-Control-Allow-Headers").contains("Authorization"));
  EXPECT_EQ(preflight.header("Access-Control-Allow-Credentials"), "");
  EXPECT_EQ(site.call({"OPTIONS", "/api/v1/jobs", "", {evil, asks}}).status, 405);
  const auto nowhere = site.call({"OPTIONS", "/nowhere", "", {good, asks}});
  EXPECT_EQ(nowhere.status, 204) << "so that the page may read the 404";
  EXPECT_EQ(nowhere.header("Access-Control-Allow-Methods"), "POST");
  EXPECT_EQ(site.call({"OPTIONS", "/nowhere", "", {evil, asks}}).status, 404);
  EXPECT_EQ(site.call({"GET", "/health", "", {evil}}).header("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(site.call({"GET", "/health", "", {good}}).header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(
      RestSite({.cors_origins = {"*"}, .allowed_hosts = {}}).call({"GET", "/health", "", {evil}}).header("Access-Control-Allow-Origin"),
      "*");
  EXPECT_EQ(RestSite().call({"GET", "/health", "", {good}}).header("Access-Control-Allow-Origin"), "");
}

TEST(rest_api, a_browser_that_names_a_host_which_is_not_ours_is_refused_if_hosts_are_named) {
  const HttpField from_a_page{"Origin", "http://localhost"};
  EXPECT_EQ(RestSite({.cors_origins = {}, .allowed_hosts = {"LOCALHOST"}}).call({"GET", "/health", {}, {from_a_page}}).status, 200);
  EXPECT_EQ(RestSite({.cors_origins = {}, .allowed_hosts = {"orc.example"}}).call({"GET", "/health", {}, {from_a_page}}).status, 400);
  EXPECT_EQ(RestSite({.cors_origins = {}, .allowed_hosts = {"orc.example"}}).call({"GET", "/health"}).status, 200) << "no browser";
}

TEST(rest_api, the_log_tells_each_request_and_no_secret) {
  RestSite site;
  const std::string token = site.token_of_new("a@b.example");
  EXPECT_EQ(site.get("/api/v1/jobs/77?key=hidden", token).status, 404);
  EXPECT_TRUE(site.log.holds("path=/api/v1/jobs/77"));
  EXPECT_TRUE(site.log.holds("request_id=0123456789abcdef"));
  for (const std::string secret : {"hidden", "long enough", token.c_str()}) EXPECT_FALSE(site.log.holds(secret)) << secret;
}

TEST(rest_api, another_media_type_is_415) {
  RestSite site;
  const std::string token = site.token_of_new("a@b.example");
  const HttpField authorization{"Authorization", "Bearer " + token};
  for (const std::string type : {"text/plain", "application/json; charset=utf-16", "application/xml", "json", "application/jsonx",
                                 "application/x-www-form-urlencoded"})
    EXPECT_EQ(site.call({"POST", "/api/v1/jobs", "{}", {authorization, {"Content-Type", type}}}).status, 415) << type;
  for (const std::string type :
       {"application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"", "application/json; v=1"})
    EXPECT_EQ(site.call({"POST", "/api/v1/jobs", "{}", {authorization, {"Content-Type", type}}}).status, 422) << type;
  EXPECT_EQ(site.call({"POST", "/api/v1/jobs", "{}", {authorization, {"Content-Type", ""}}}).status, 415) << "none";
  EXPECT_EQ(site.call({"POST", "/api/v1/jobs", "", {authorization, {"Content-Type", ""}}}).status, 422) << "none, and no body";
  EXPECT_EQ(site.call({"POST", "/api/v1/jobs", "{}", {authorization, {"Content-Encoding", "gzip"}}}).status, 415);
}

TEST(rest_api, a_store_that_is_away_is_503_and_says_when_to_come_back) {
  RestSite site;
  const std::string token = site.token_of_new("a@b.example");
  site.stores.state.faults.reads_fail = true;
  const auto reply = site.get("/api/v1/jobs", token);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.header("Retry-After"), "1");
}

}  // namespace
}  // namespace orc
