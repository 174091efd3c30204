#include "adapters/rest/authentication.h"

#include <gtest/gtest.h>

#include "adapters/rest/rest_test_site.h"
#include "tests/contract/run_async.h"

namespace orc {
namespace {

TEST(authentication, no_credentials_and_bad_ones_are_told_apart) {
  RestSite site;
  const std::string token = site.token_of_new("a@b.example");
  const struct {
    std::string value, detail;
  } cases[] = {{"", "Not authenticated"},
               {"Basic YTpi", "Not authenticated"},
               {"Token abc", "Not authenticated"},
               {"Bearer", "Could not validate credentials"},
               {"Bearer nonsense", "Could not validate credentials"},
               {"Bearer  " + token, "Could not validate credentials"},
               {"Bearer orc_unknown", "Could not validate credentials"}};
  for (const auto& [value, detail] : cases) {
    const auto reply = site.call({"GET", "/api/v1/users/me", "", {{"Authorization", value}}});
    EXPECT_EQ(reply.status, 401) << value;
    EXPECT_EQ(reply.body, R"({"detail":")" + detail + "\"}") << value;
    EXPECT_EQ(reply.header("WWW-Authenticate"), "Bearer") << value;
  }
  EXPECT_EQ(site.call({"GET", "/api/v1/users/me", "", {{"Authorization", "bEaReR " + token}}}).status, 200);
  const HttpField good{"Authorization", "Bearer " + token};
  EXPECT_EQ(site.call({"GET", "/api/v1/users/me", "", {good, good}}).status, 401) << "twice";
}

TEST(authentication, a_token_for_the_registry_changes_plugins_there_and_opens_nothing_else) {
  RestSite site;
  const std::string admin = site.token_of_new("admin@b.example");
  const std::string plugin = R"({"name": "a", "version": "1.0.0", "docker_image_url": "x:1"})";
  const std::string token =
      site.signer.sign({.user = UserId{std::stoll(member_of(site.get("/api/v1/users/me", admin).body, "id"))},
                        .use = TokenUse::plugin_registry,
                        .expires_at = std::chrono::ceil<std::chrono::seconds>(site.stores.clock.now() + std::chrono::seconds{60}),
                        .issued_at = {}});
  const HttpField authorization{"Authorization", "Bearer " + token};
  EXPECT_EQ(site.call({"POST", "/api/v1/plugins", plugin, {authorization}}).status, 401);
  EXPECT_EQ(site.call({"GET", "/api/v1/users/me", "", {authorization}}).status, 401);
  EXPECT_EQ(site.call_registry({"POST", "/api/v1/plugins", plugin, {authorization}}).status, 201);
  EXPECT_EQ(site.call_registry({"POST", "/api/v1/plugins", plugin, {{"Authorization", "Bearer " + admin}}}).status, 400) << "it is there";
}

TEST(authentication, a_token_ends_with_its_time_its_password_and_its_account) {
  RestSite site;
  const std::string admin = site.token_of_new("admin@b.example");
  const std::string first = site.token_of_new("one@b.example");
  const std::string id = member_of(site.get("/api/v1/users/me", first).body, "id");
  EXPECT_EQ(site.put("/api/v1/users/" + id, R"({"password": "another one"})", first).status, 200);
  EXPECT_EQ(site.get("/api/v1/users/me", first).status, 401);

  const std::string second = site.token_of_new("two@b.example");
  const std::string second_id = member_of(site.get("/api/v1/users/me", second).body, "id");
  EXPECT_EQ(site.put("/api/v1/users/" + second_id, R"({"is_active": false})", admin).status, 200);
  EXPECT_EQ(site.get("/api/v1/users/me", second).status, 401);

  site.stores.clock.advance(std::chrono::hours{2});
  EXPECT_EQ(site.get("/api/v1/users/me", admin).status, 401);
}

TEST(authentication, every_protected_route_asks_before_it_looks_at_the_body) {
  RestSite site;
  const std::string user = (site.token_of_new("admin@b.example"), site.token_of_new("user@b.example"));
  for (const Route& route : site.api.routes()) {
    if (route.access == Access::anyone || route.access == Access::invited) continue;
    std::string target(route.pattern);
    for (auto open = target.find('{'); open != std::string::npos; open = target.find('{'))
      target.replace(open, target.find('}') - open + 1, "1");
    const RestCall call{.method = route.method, .target = target, .body = "no json", .headers = {{"Content-Type", "text/plain"}}};
    EXPECT_EQ(site.call(call).status, 401) << route.method << " " << route.pattern;
    RestCall as_user = call;
    as_user.headers.push_back({"Authorization", "Bearer " + user});
    if (route.access == Access::admin) EXPECT_EQ(site.call(as_user).status, 403) << route.method << " " << route.pattern;
  }
}

TEST(authentication, a_key_may_do_what_its_scopes_say) {
  RestSite site;
  const std::string admin = site.token_of_new("admin@b.example");
  site.add_plugin("echo");
  const auto key_with = [&](const std::string& scopes) {
    const auto made = site.post("/api/v1/api-keys", R"({"name": "k", "scopes": )" + scopes + "}", admin);
    EXPECT_EQ(made.status, 201) << made.body;
    const std::string key = member_of(made.body, "api_key");
    return key.substr(1, key.size() - 2);
  };
  const struct {
    std::string scopes;
    int list_jobs, submit, list_keys, dead_letters;
  } cases[] = {{R"(["read"])", 200, 403, 403, 403},
               {R"(["submit"])", 403, 202, 403, 403},
               {R"(["read", "submit", "admin"])", 200, 202, 200, 200},
               {R"(["worker"])", 403, 403, 403, 403}};
  for (const auto& expected : cases) {
    const std::string key = key_with(expected.scopes);
    EXPECT_EQ(site.get("/api/v1/jobs", key).status, expected.list_jobs) << expected.scopes;
    EXPECT_EQ(site.post("/api/v1/jobs", R"({"plugin_name": "echo"})", key).status, expected.submit) << expected.scopes;
    EXPECT_EQ(site.get("/api/v1/api-keys", key).status, expected.list_keys) << expected.scopes;
    EXPECT_EQ(site.get("/api/v1/dead-letters", key).status, expected.dead_letters) << expected.scopes;
    EXPECT_EQ(site.get("/api/v1/session", key).status, 200) << expected.scopes;
  }
}

TEST(authentication, the_registry_takes_writes_without_a_token_from_this_host_only_while_it_listens_on_loopback) {
  const std::string plugin = R"({"name": "a", "version": "1.0.0", "docker_image_url": "x:1"})";
  RestSite open({.cors_origins = {}, .allowed_hosts = {}, .registry_writing = AnonymousWriting::allowed});
  const RestCall from_here{.method = "POST", .target = "/api/v1/plugins", .body = plugin, .peer = "127.0.0.1"};
  RestCall from_elsewhere = from_here;
  from_elsewhere.peer = "192.0.2.7";
  RestCall from_a_page = from_here;
  from_a_page.headers = {{"Origin", "https://evil.example"}};
  RestCall from_own_page = from_here;
  from_own_page.headers = {{"Origin", "http://localhost:5901"}};
  RestCall by_another_name = from_here;
  by_another_name.headers = {{"Host", "orc.example.org:5901"}};
  const auto words_for = [&](const RestCall& call) {
    const auto answer = open.call_registry(call);
    EXPECT_EQ(answer.status, 401);
    return answer.body;
  };
  EXPECT_TRUE(words_for(from_elsewhere).contains("Not authenticated: send an administrator's login or API key; only this host itself"));
  EXPECT_TRUE(words_for(from_a_page).contains("a page of another site"));
  EXPECT_TRUE(words_for(by_another_name).contains("asks for localhost"));
  EXPECT_EQ(open.call_registry(from_own_page).status, 201);
  for (const std::string field : {"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"}) {
    RestCall through_a_proxy = from_here;
    through_a_proxy.headers = {{field, "203.0.113.9"}};
    EXPECT_EQ(open.call_registry(through_a_proxy).status, 401) << field;
  }
  EXPECT_EQ(open.call(from_here).status, 401) << "the API's port";
  const std::string user = (open.token_of_new("admin@b.example"), open.token_of_new("user@b.example"));
  RestCall as_user = from_here;
  as_user.headers = {{"Authorization", "Bearer " + user}};
  EXPECT_EQ(open.call_registry(as_user).status, 403);

  RestSite closed;
  EXPECT_EQ(closed.call_registry(from_here).status, 401);
}

TEST(authentication, nobody_writes_to_the_registry_without_a_token_while_a_worker_gives_its_host_s_network) {
  RestSite site({.cors_origins = {}, .allowed_hosts = {}, .registry_writing = AnonymousWriting::allowed});
  const auto add = [&](const std::string& name, std::vector<HttpField> headers) {
    const std::string body = R"({"name": ")" + name + R"(", "version": "1.0.0", "docker_image_url": "x:1"})";
    return site.call_registry(
        {.method = "POST", .target = "/api/v1/plugins", .body = body, .headers = std::move(headers), .peer = "127.0.0.1"});
  };
  ok(site.stores.workers.add({.name = "plain:1", .equipment = {}}));
  EXPECT_EQ(add("a", {}).status, 201);
  const WorkerId giving = ok(site.stores.workers.add({.name = "giving:2", .equipment = {.network = NetworkAccess::host}}));
  const auto refused = add("b", {});
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.body.contains("worker giving:2 gives its runs the network of its host")) << refused.body;
  EXPECT_EQ(add("b", {{"Authorization", "Bearer " + site.token_of_new("admin@b.example")}}).status, 201);
  ok(site.stores.workers.remove(giving));
  EXPECT_EQ(add("c", {}).status, 201);
  ok(site.stores.workers.add({.name = "open:3", .isolation = Isolation::none, .equipment = {}}));
  EXPECT_TRUE(add("d", {}).body.contains("worker open:3 gives its runs the network of its host"));

  RestSite beside({.cors_origins = {}, .allowed_hosts = {}, .registry_writing = AnonymousWriting::refused_beside_runs});
  const auto by_its_own = beside.call_registry({.method = "DELETE", .target = "/api/v1/plugins/1", .peer = "127.0.0.1"});
  EXPECT_EQ(by_its_own.status, 401);
  EXPECT_TRUE(by_its_own.body.contains("this server's own worker gives")) << by_its_own.body;
}

}  // namespace
}  // namespace orc
