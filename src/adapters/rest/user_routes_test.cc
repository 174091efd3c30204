#include "adapters/rest/user_routes.h"

#include <gtest/gtest.h>

#include "adapters/rest/rest_test_site.h"

namespace orc {
namespace {

std::string id_of(RestSite& site, const std::string& token) { return member_of(site.get("/api/v1/users/me", token).body, "id"); }

TEST(user_routes, an_account_is_told_without_its_password) {
  RestSite site;
  const auto made =
      site.call({"POST", "/api/v1/users", R"({"email": " Ada@Example.org ", "password": "long enough", "full_name": "Ada"})"});
  EXPECT_EQ(made.status, 201);
  EXPECT_TRUE(equals_golden("user", made.body));
}

TEST(user_routes, null_takes_the_name_away_and_absence_leaves_it) {
  RestSite site;
  const std::string token = site.token_of_new("ada@example.org");
  const std::string path = "/api/v1/users/" + id_of(site, token);
  const struct {
    std::string body, name;
  } steps[] = {{R"({"full_name": "Ada"})", "\"Ada\""}, {"{}", "\"Ada\""}, {R"({"full_name": null})", "null"}, {"{}", "null"}};
  for (const auto& [body, name] : steps) {
    EXPECT_EQ(member_of(site.put(path, body, token).body, "full_name"), name) << body;
    EXPECT_EQ(member_of(site.get(path, token).body, "full_name"), name) << body;
  }
}

TEST(user_routes, login_takes_a_form_and_json) {
  RestSite site;
  site.token_of_new("a+b@b.example");
  const HttpField form{"Content-Type", "application/x-www-form-urlencoded"};
  const auto by_form =
      site.call({"POST", "/api/v1/auth/token", "grant_type=password&username=a%2Bb%40b.example&password=long+enough&scope=", {form}});
  EXPECT_EQ(by_form.status, 200) << by_form.body;
  EXPECT_EQ(member_of(by_form.body, "token_type"), "\"bearer\"");
  EXPECT_EQ(member_of(by_form.body, "expires_in"), "3600");
  EXPECT_EQ(by_form.header("Cache-Control"), "no-store");
  const struct {
    std::string body;
    int status;
  } forms[] = {{"username=a", 422},
               {"password=x&username=%zz", 422},
               {"username=a&username=b&password=c", 422},
               {"", 422},
               {"username=a%00&password=c", 422},
               {"username=%ff&password=c", 422},
               {"username=a&password=c", 401}};
  for (const auto& [body, status] : forms) EXPECT_EQ(site.call({"POST", "/api/v1/auth/token", body, {form}}).status, status) << body;
}

TEST(user_routes, login_gives_nothing_away) {
  RestSite site;
  const std::string admin = site.token_of_new("admin@b.example");
  const std::string user = site.token_of_new("user@b.example");
  EXPECT_EQ(site.put("/api/v1/users/" + id_of(site, user), R"({"is_active": false})", admin).status, 200);
  const struct {
    std::string name, password;
    int status;
    std::string detail;
  } cases[] = {{"admin@b.example", "wrong", 401, "Incorrect email or password"},
               {"nobody@b.example", "wrong", 401, "Incorrect email or password"},
               {"no address", "wrong", 401, "Incorrect email or password"},
               {"user@b.example", "wrong", 401, "Incorrect email or password"},
               {"user@b.example", "long enough", 400, "Inactive user"}};
  for (const auto& [name, password, status, detail] : cases) {
    const auto reply = site.call({"POST", "/api/v1/auth/token", R"({"username": ")" + name + R"(", "password": ")" + password + "\"}"});
    EXPECT_EQ(reply.status, status) << name << password;
    EXPECT_EQ(reply.body, R"({"detail":")" + detail + "\"}");
  }
  EXPECT_EQ(site.hasher.verified, 2 + 5) << "every login costs the same, also of nobody";
  site.hasher.too_many_wait = true;
  const auto busy = site.call({"POST", "/api/v1/auth/token", R"({"username": "a@b.example", "password": "x"})"});
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.header("Retry-After"), "1");
}

TEST(user_routes, every_fault_of_a_registration_is_named_at_once) {
  RestSite site;
  const auto both = site.call({"POST", "/api/v1/users", R"({"email": "no address", "password": "short"})"});
  EXPECT_EQ(both.status, 422);
  EXPECT_TRUE(both.body.contains(R"("loc":["body","email"])") && both.body.contains(R"("loc":["body","password"])")) << both.body;
  const std::string bad[] = {R"({})",
                             R"([])",
                             R"({"email": 7, "password": "long enough"})",
                             R"({"email": "a@b.example", "password": "long\u0000enough"})",
                             R"({"email": "a@b.example\r\nBcc: c@d.example", "password": "long enough"})",
                             "{",
                             "",
                             R"({"email": ")" + std::string(10'000, 'a') + R"(@b.example", "password": "long enough"})",
                             R"({"email": "a@b.example", "password": ")" + std::string(5'000, 'x') + "\"}"};
  for (const std::string& body : bad) EXPECT_EQ(site.call({"POST", "/api/v1/users", body}).status, 422) << body.substr(0, 80);
  EXPECT_TRUE(site.stores.state.users.empty());
}

TEST(user_routes, a_registration_applies_nothing_but_its_own_fields) {
  RestSite site;
  site.token_of_new("admin@b.example");
  const auto made = site.call(
      {"POST", "/api/v1/users",
       R"({"email": "a@b.example", "password": "long enough", "role": "admin", "id": 1, "is_active": false, "hashed_password": "x"})"});
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(member_of(made.body, "role"), "\"user\"");
  EXPECT_EQ(member_of(made.body, "is_active"), "true");
}

TEST(user_routes, a_taken_address_is_400) {
  RestSite site;
  site.token_of_new("a@b.example");
  const std::string other = site.token_of_new("c@b.example");
  const std::string taken = R"({"detail":"Email already registered"})";
  const auto again = site.call({"POST", "/api/v1/users", R"({"email": "A@B.example", "password": "long enough"})"});
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.body, taken);
  const auto moved = site.put("/api/v1/users/" + id_of(site, other), R"({"email": "a@b.example"})", other);
  EXPECT_EQ(moved.status, 400);
  EXPECT_EQ(moved.body, taken);
}

TEST(user_routes, closed_registration_admits_only_an_administrators_hand) {
  RestSite site({}, Registration::closed);
  const std::string body = R"({"email": "a@b.example", "password": "long enough"})";
  EXPECT_EQ(site.call({"POST", "/api/v1/users", body}).body, R"({"detail":"Registration is closed"})");
  EXPECT_EQ(site.call({"POST", "/api/v1/users", body, {{"Authorization", "Bearer wrong"}}}).status, 401);
  const std::string admin = site.token_of_new_admin();
  EXPECT_EQ(site.post("/api/v1/users", body, admin).status, 201);
}

TEST(user_routes, registration_that_is_open_on_this_host_is_so_to_nobody_who_comes_through_a_proxy) {
  RestSite site({}, Registration::open_on_this_host);
  RestCall from_here{
      .method = "POST", .target = "/api/v1/users", .body = R"({"email": "a@b.example", "password": "long enough"})", .peer = "127.0.0.1"};
  RestCall through_a_proxy = from_here;
  through_a_proxy.headers = {{"X-Forwarded-For", "203.0.113.9"}};
  RestCall from_elsewhere = from_here;
  from_elsewhere.peer = "192.0.2.7";
  EXPECT_EQ(site.call(through_a_proxy).body, R"({"detail":"Registration is closed"})");
  EXPECT_EQ(site.call(from_elsewhere).status, 403);
  EXPECT_EQ(site.call(from_here).status, 201);
}

TEST(user_routes, existence_comes_before_ownership_and_ownership_before_the_body) {
  RestSite site;
  const std::string admin = site.token_of_new("admin@b.example");
  const std::string user = site.token_of_new("user@b.example");
  const std::string other = id_of(site, admin);
  EXPECT_EQ(site.put("/api/v1/users/999", "no json", user).body, R"({"detail":"User not found"})");
  EXPECT_EQ(site.put("/api/v1/users/" + other, "no json", user).body, R"({"detail":"Insufficient permissions"})");
  EXPECT_EQ(site.put("/api/v1/users/" + id_of(site, user), "no json", user).status, 422);
}

TEST(user_routes, a_user_does_not_raise_oneself_but_may_send_back_what_was_read) {
  RestSite site;
  site.token_of_new("admin@b.example");
  const std::string user = site.token_of_new("user@b.example");
  const std::string place = "/api/v1/users/" + id_of(site, user);
  EXPECT_EQ(site.put(place, R"({"role": "admin"})", user).status, 403);
  EXPECT_EQ(site.put(place, R"({"is_active": false})", user).status, 403);
  EXPECT_EQ(site.put(place, R"({"role": "king"})", user).status, 422);
  EXPECT_EQ(site.put(place, site.get(place, user).body, user).status, 200);
  EXPECT_EQ(member_of(site.get(place, user).body, "role"), "\"user\"");
}

TEST(user_routes, the_last_administrator_stays) {
  RestSite site;
  const std::string admin = site.token_of_new("admin@b.example");
  const std::string place = "/api/v1/users/" + id_of(site, admin);
  for (const std::string change : {R"({"role": "user"})", R"({"is_active": false})"}) EXPECT_EQ(site.put(place, change, admin).status, 409);
  EXPECT_EQ(site.erase(place, admin).status, 409);
  const std::string user = site.token_of_new("user@b.example");
  EXPECT_EQ(site.erase("/api/v1/users/" + id_of(site, user), admin).status, 204);
  EXPECT_EQ(site.erase("/api/v1/users/999", admin).status, 404);
}

TEST(user_routes, ids_and_pages_are_read_strictly) {
  RestSite site;
  const std::string token = site.token_of_new("admin@b.example");
  for (const std::string id : {"0", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "99999999999999999999999"})
    EXPECT_EQ(site.get("/api/v1/users/" + id, token).status, 404) << id;
  for (const std::string id : {"1.0", "%EF%BC%91", "1e0", "abc", "%20", "01", "+1", "0x1", "--1", "-"})
    EXPECT_EQ(site.get("/api/v1/users/" + id, token).status, 422) << id;
  for (const std::string value : {"-1", "1e3", "1.0", "", "+1", "0x10", "%EF%BC%91", "-0", "01", "null"})
    for (const std::string name : {"skip", "limit"}) {
      const auto reply = site.get("/api/v1/users?" + name + "=" + value, token);
      EXPECT_EQ(reply.status, 422) << name << value;
      EXPECT_TRUE(reply.body.contains(R"("loc":["query",")" + name + "\"]")) << reply.body;
    }
  EXPECT_EQ(site.get("/api/v1/users?limit=1&limit=2", token).status, 422);
  for (const std::string value : {"1000000000", "9223372036854775808", "99999999999999999999999"}) {
    EXPECT_EQ(member_of(site.get("/api/v1/users?limit=" + value, token).body, "total"), "1") << value;
    EXPECT_EQ(member_of(site.get("/api/v1/users?skip=" + value, token).body, "items"), "[]") << value;
  }
}

TEST(user_routes, a_key_is_shown_once_and_ended_by_its_owner_only) {
  RestSite site;
  const std::string admin = site.token_of_new("admin@b.example");
  const std::string user = site.token_of_new("user@b.example");
  const auto made = site.post("/api/v1/api-keys", R"({"name": "nightly", "scopes": ["read", "read", "submit"]})", user);
  EXPECT_EQ(made.status, 201);
  EXPECT_TRUE(equals_golden("made_api_key", made.body));
  const auto listed = site.get("/api/v1/api-keys", user);
  EXPECT_FALSE(listed.body.contains(member_of(made.body, "api_key")));
  EXPECT_TRUE(listed.body.contains(member_of(made.body, "prefix")));
  const std::string place = "/api/v1/api-keys/" + member_of(made.body, "id");
  EXPECT_EQ(site.erase(place, admin).status, 404);
  EXPECT_EQ(site.erase(place, user).status, 204);
  const std::string bad[] = {R"({"name": "", "scopes": ["read"]})", R"({"name": "k"})", R"({"name": "k", "scopes": []})",
                             R"({"name": "k", "scopes": ["king"]})", R"({"scopes": ["read"]})"};
  for (const std::string& body : bad) EXPECT_EQ(site.post("/api/v1/api-keys", body, user).status, 422) << body;
  EXPECT_EQ(site.post("/api/v1/api-keys", R"({"name": "k", "scopes": ["admin"]})", user).status, 403);
}

}  // namespace
}  // namespace orc
