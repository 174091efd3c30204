#include "adapters/http/router.h"

#include <gtest/gtest.h>
#include <string>

namespace orc {
namespace {

Router sample() {
  Router router;
  router.add("GET", "/api/v1/jobs/{id}");
  router.add("GET", "/api/v1/jobs");
  router.add("POST", "/api/v1/jobs");
  router.add("POST", "/api/v1/jobs:batch");
  router.add("GET", "/api/v1/jobs/stats");
  router.add("DELETE", "/api/v1/jobs/{id}");
  router.add("POST", "/api/v1/jobs/{id}:cancel");
  router.add("GET", "/api/v1/jobs/{id}/attempts/{attempt}");
  router.add("GET", "/");
  router.add("GET", "/assets/{rest...}");
  return router;
}

// "<pattern> name=value …", or the status.
std::string found(const Router& router, std::string_view method, std::string_view path) {
  const auto result = router.find(method, path);
  if (const auto* response = std::get_if<HttpResponse>(&result)) {
    return std::to_string(response->status) + (response->headers.empty() ? "" : " Allow: " + response->headers.front().value);
  }
  const auto& match = std::get<RouteMatch>(result);
  std::string text{match.pattern};
  for (const auto& [name, value] : match.parameters) text.append(" ").append(name).append("=").append(value);
  return text;
}

TEST(Router, finds_the_most_literal_pattern_or_says_what_is_wrong) {
  const Router router = sample();
  struct Case {
    std::string method, path, expected;
  };
  const std::vector<Case> table = {
      {"GET", "/api/v1/jobs", "/api/v1/jobs"},
      {"POST", "/api/v1/jobs:batch", "/api/v1/jobs:batch"},
      {"GET", "/api/v1/jobs/7", "/api/v1/jobs/{id} id=7"},
      {"HEAD", "/api/v1/jobs/7", "/api/v1/jobs/{id} id=7"},
      {"GET", "/api/v1/jobs/stats", "/api/v1/jobs/stats"},
      {"POST", "/api/v1/jobs/7:cancel", "/api/v1/jobs/{id}:cancel id=7"},
      {"GET", "/api/v1/jobs/a b\xc3\xa4", "/api/v1/jobs/{id} id=a b\xc3\xa4"},
      {"GET", "/api/v1/jobs/7/attempts/2", "/api/v1/jobs/{id}/attempts/{attempt} id=7 attempt=2"},
      {"GET", "/", "/"},
      {"GET", "/assets/js/app.js", "/assets/{rest...} rest=js/app.js"},
      {"DELETE", "/api/v1/jobs/stats", "405 Allow: GET, HEAD"},
      {"PATCH", "/api/v1/jobs", "405 Allow: GET, HEAD, POST"},
      {"TRACE", "/api/v1/jobs/7", "405 Allow: DELETE, GET, HEAD"},
      {"get", "/api/v1/jobs", "405 Allow: GET, HEAD, POST"},
      {"HEAD", "/api/v1/jobs:batch", "405 Allow: POST"},
      {"GET", "/api/v1/jobs/", "404"},
      {"GET", "/api/v1/jobs//attempts/2", "404"},
      {"GET", "//api/v1/jobs", "404"},
      {"GET", "/api/v1//jobs", "404"},
      {"GET", "/api/v1/Jobs", "404"},
      {"GET", "/api", "404"},
      {"GET", "/assets", "404"},
      {"GET", "/assets/", "404"},
      {"GET", "/assets//x", "404"},
      {"POST", "/api/v1/jobs/:cancel", "405 Allow: DELETE, GET, HEAD"},
      {"OPTIONS", "*", "404"},
      {"GET", "", "404"},
  };
  for (const Case& row : table) EXPECT_EQ(found(router, row.method, row.path), row.expected) << row.method << " " << row.path;
}

TEST(Router, numbers_routes_in_the_order_they_were_added) {
  const Router router = sample();
  const auto result = router.find("DELETE", "/api/v1/jobs/7");
  ASSERT_TRUE(std::holds_alternative<RouteMatch>(result));
  EXPECT_EQ(std::get<RouteMatch>(result).route, 5U);
  EXPECT_EQ(path_parameter(std::get<RouteMatch>(result).parameters, "id"), "7");
}

}  // namespace
}  // namespace orc
