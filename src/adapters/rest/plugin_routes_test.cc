#include "adapters/rest/plugin_routes.h"

#include <gtest/gtest.h>

#include "adapters/rest/rest_test_site.h"

namespace orc {
namespace {

struct Registering : RestSite {
  std::string admin = token_of_new("admin@b.example");
  RestReply add(const std::string& fields) {
    return post("/api/v1/plugins", R"({"name": "a", "version": "1.0.0", )" + fields + "}", admin);
  }
};

TEST(plugin_routes, a_plugin_is_told_with_all_its_fields) {
  Registering site;
  const auto made = site.add(
      R"("docker_image_url": "x:1", "description": "d", "input_schema": { "type" :"object"}, "limits": {"cpus": 0.5}, "env": {"A": "secret"})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_TRUE(equals_golden("plugin", made.body));
  EXPECT_EQ(site.call_registry({"GET", "/api/v1/plugins/a"}).body, made.body);
  EXPECT_EQ(site.get("/api/v1/plugins/" + member_of(made.body, "id"), site.admin).body, made.body);
}

TEST(plugin_routes, a_name_comes_before_an_id) {
  Registering site;
  const std::string id = member_of(site.add(R"("docker_image": "x:1")").body, "id");
  const auto named =
      site.post("/api/v1/plugins", R"({"name": ")" + id + R"(", "version": "1.0.0", "docker_image_url": "x:1"})", site.admin);
  EXPECT_EQ(site.get("/api/v1/plugins/" + id, site.admin).body, named.body);
  for (const std::string name : {"b", "0", "-1", "9223372036854775807", "9223372036854775808", "A", "'", "%25", "1.0"})
    EXPECT_EQ(site.get("/api/v1/plugins/" + name, site.admin).body, R"({"detail":"Plugin not found"})") << name;
}

TEST(plugin_routes, a_bad_field_is_named) {
  Registering site;
  const struct {
    std::string fields, part;
  } cases[] = {{R"("docker_image_url": "-v /:/h")", "docker_image_url"},
               {R"("docker_image_url": "x:1", "input_schema": "broken")", "input_schema"},
               {R"("docker_image_url": "x:1", "output_schema": {"broken": 1})", R"("loc":["body","output_schema"])"},
               {R"("docker_image_url": "x:1", "limits": {"pids": 0})", R"("loc":["body","limits","pids"])"},
               {R"("docker_image_url": "x:1", "mode": "warm")", R"("loc":["body","mode"])"},
               {R"("description": "neither image nor command")", "docker_image_url"}};
  for (const auto& [fields, part] : cases) {
    const auto reply = site.add(fields);
    EXPECT_EQ(reply.status, 422) << fields << reply.body;
    EXPECT_TRUE(reply.body.contains(part)) << fields << reply.body;
  }
  EXPECT_TRUE(site.stores.state.plugins.empty());
}

TEST(plugin_routes, a_taken_name_is_400) {
  Registering site;
  site.add(R"("docker_image_url": "x:1")");
  const auto again = site.add(R"("docker_image_url": "x:1")");
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.body, R"({"detail":"Plugin with this name already exists"})");
}

TEST(plugin_routes, a_change_of_what_runs_makes_a_version_and_a_switch_does_not) {
  Registering site;
  site.add(R"("docker_image_url": "x:1")");
  EXPECT_EQ(member_of(site.put("/api/v1/plugins/a", R"({"is_active": false})", site.admin).body, "is_active"), "false");
  EXPECT_EQ(member_of(site.get("/api/v1/plugins/a/versions", site.admin).body, "total"), "1");
  const auto changed =
      site.put("/api/v1/plugins/a", R"({"version": "1.1.0", "docker_image_url": "x:2", "name": "b", "id": 9})", site.admin);
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(member_of(changed.body, "name"), "\"a\"");
  EXPECT_EQ(member_of(site.get("/api/v1/plugins/a/versions", site.admin).body, "total"), "2");
  const auto back = site.post("/api/v1/plugins/a/rollback", R"({"version": "1.0.0"})", site.admin);
  EXPECT_EQ(member_of(back.body, "docker_image_url"), "\"x:1\"");
  EXPECT_EQ(site.post("/api/v1/plugins/a/rollback", R"({"version": "9.9.9"})", site.admin).status, 404);
  EXPECT_EQ(site.post("/api/v1/plugins/a/rollback", "{}", site.admin).status, 422);
  for (const std::string place : {"", "/versions"}) EXPECT_EQ(site.get("/api/v1/plugins/none" + place, site.admin).status, 404);
  EXPECT_EQ(site.put("/api/v1/plugins/none", "no json", site.admin).status, 404);
}

TEST(plugin_routes, versions_are_told_newest_first) {
  Registering site;
  site.add(R"("docker_image_url": "x:1")");
  site.stores.clock.advance(std::chrono::seconds{1});
  site.put("/api/v1/plugins/a", R"({"version": "1.1.0", "command": ["./run"]})", site.admin);
  EXPECT_TRUE(equals_golden("plugin_versions", site.get("/api/v1/plugins/a/versions", site.admin).body));
}

TEST(plugin_routes, a_folder_is_new_then_a_new_version) {
  Registering site;
  site.packages.content = {.name = "folder", .version = "1.0.0", .description = "", .spec = {.command = {"./run"}}};
  const HttpField authorization{"Authorization", "Bearer " + site.admin};
  const RestCall upload{"PUT", "/api/v1/plugins/folder/package", "a tar", {authorization, {"Content-Type", "application/gzip"}}};
  EXPECT_EQ(site.call(upload).status, 201);
  site.packages.content.version = "1.1.0";
  EXPECT_EQ(site.call(upload).status, 200);
  EXPECT_EQ(site.call({"PUT", "/api/v1/plugins/other/package", "a tar", {authorization, {"Content-Type", "application/x-tar"}}}).status,
            422);
  EXPECT_EQ(site.call({"PUT", "/api/v1/plugins/UPPER/package", "a tar", {authorization, {"Content-Type", "application/x-tar"}}}).status,
            422);
  EXPECT_EQ(site.call({"PUT", "/api/v1/plugins/folder/package", "", {authorization, {"Content-Type", "application/x-tar"}}}).status, 422);
  EXPECT_EQ(site.call({"PUT", "/api/v1/plugins/folder/package", "a tar", {authorization, {"Content-Type", "text/plain"}}}).status, 415);
}

TEST(plugin_routes, names_are_filtered_by_literal_substring) {
  Registering site;
  for (const std::string name : {"echo", "choir", "e_o"}) {
    if (is_plugin_name(name)) site.add_plugin(name);
  }
  const struct {
    std::string text, total;
  } cases[] = {{"", "2"}, {"ch", "2"}, {"ec", "1"}, {"e_h", "0"}, {"%25", "0"}, {"'", "0"}};
  for (const auto& [text, total] : cases)
    EXPECT_EQ(member_of(site.call_registry({"GET", "/api/v1/plugins?name=" + text}).body, "total"), total) << text;
}

TEST(plugin_routes, a_removed_plugin_fails_what_waits) {
  Registering site;
  site.add(R"("docker_image_url": "x:1")");
  const auto job = site.post("/api/v1/jobs", R"({"plugin_name": "a"})", site.admin);
  EXPECT_EQ(site.erase("/api/v1/plugins/a", site.admin).status, 204);
  EXPECT_EQ(site.erase("/api/v1/plugins/a", site.admin).status, 404);
  EXPECT_EQ(member_of(site.get("/api/v1/jobs/" + member_of(job.body, "id"), site.admin).body, "status"), "\"failed\"");
}

}  // namespace
}  // namespace orc
