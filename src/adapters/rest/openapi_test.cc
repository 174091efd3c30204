#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "adapters/json/json_document.h"
#include "adapters/rest/embedded_files.h"
#include "adapters/rest/rest_test_site.h"

namespace orc {
namespace {

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

bool is_method(std::string_view name) { return name == "get" || name == "put" || name == "post" || name == "delete"; }

std::set<std::string> promised_by(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  EXPECT_TRUE(document);
  std::set<std::string> promised;
  for (const JsonMember path : document->root().find("paths")->members())
    for (const JsonMember operation : path.value.members())
      if (is_method(operation.key.string())) promised.insert(upper(operation.key.string()) + " " + path.key.string());
  return promised;
}

std::set<std::string> served_by(const RestApi& api) {
  std::set<std::string> served;
  for (const Route& route : api.routes()) served.insert(std::string(route.method) + " " + std::string(route.pattern));
  return served;
}

TEST(openapi, every_route_is_promised_and_every_promise_is_a_route) {
  RestSite site;
  EXPECT_EQ(served_by(site.api), promised_by(embedded::openapi()));
  EXPECT_EQ(served_by(site.registry), promised_by(embedded::registry_openapi()));
}

// What a route's access and body mean for its answers must stand in the document.
TEST(openapi, every_operation_promises_the_refusals_of_its_route) {
  RestSite site;
  const auto document = JsonDocument::parse(embedded::openapi());
  for (const Route& route : site.api.routes()) {
    std::string method(route.method);
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    const auto answers = document->root().find("paths")->find(route.pattern)->find(method)->find("responses");
    const auto promises = [&](std::string_view status) { return answers->find(status).has_value(); };
    const bool is_protected = route.access != Access::anyone && route.access != Access::invited;
    const bool takes_body = route.body.form != BodyForm::none;
    const std::string name = method + " " + std::string(route.pattern);
    EXPECT_TRUE(promises("400") && promises("413") && promises("503")) << name;
    EXPECT_TRUE(!is_protected || (promises("401") && promises("403"))) << name;
    EXPECT_TRUE(!is_protected || promises("429")) << name << ": its reading or writing may have to wait, and too many may wait already";
    EXPECT_TRUE(!takes_body || (promises("415") && promises("422") && promises("429"))) << name;
    EXPECT_TRUE(!route.pattern.contains("{id}") || (promises("404") && promises("422"))) << name;
  }
}

TEST(openapi, the_page_and_all_that_it_needs_come_from_here) {
  RestSite site;
  EXPECT_EQ(site.call({"GET", "/openapi.json"}).content_type, "application/json");
  const auto page = site.call({"GET", "/docs"});
  EXPECT_TRUE(page.header("Content-Security-Policy").contains("default-src 'none'"));
  EXPECT_FALSE(page.body.contains("http"));
  EXPECT_EQ(site.call({"GET", "/docs/"}).body, page.body);
  const struct {
    std::string target, type;
  } parts[] = {{"/docs/start.js", "text/javascript; charset=utf-8"},
               {"/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"},
               {"/docs/swagger-ui.css", "text/css; charset=utf-8"}};
  for (const auto& [target, type] : parts) {
    const auto reply = site.call({"GET", target});
    EXPECT_EQ(reply.content_type, type);
    EXPECT_GT(reply.body.size(), 100U);
    EXPECT_TRUE(page.body.contains("\"" + target + "\"")) << target;
  }
}

}  // namespace
}  // namespace orc
