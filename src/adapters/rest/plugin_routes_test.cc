#include "adapters/rest/plugin_routes.h"

#include <gtest/gtest.h>
#include <set>

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
               {R"("docker_image_url": "x:1", "mode": "cold")", R"("loc":["body","mode"])"},
               {R"("description": "neither image nor command")", "docker_image_url"}};
  for (const auto& [fields, part] : cases) {
    const auto reply = site.add(fields);
    EXPECT_EQ(reply.status, 422) << fields << reply.body;
    EXPECT_TRUE(reply.body.contains(part)) << fields << reply.body;
  }
  EXPECT_TRUE(site.stores.state.plugins.empty());
}

std::set<std::string> places_of(const RestReply& reply) {
  std::set<std::string> places;
  for (std::size_t at = 0; (at = reply.body.find(R"("loc":[)", at)) != std::string::npos;) {
    at += 7;
    places.insert(reply.body.substr(at, reply.body.find(']', at) - at));
  }
  return places;
}

TEST(plugin_routes, faults_of_form_and_of_meaning_are_told_at_once) {
  Registering site;
  const std::string body = R"({"name": "A b", "docker_image_url": "-v", "command": ["x"], "input_schema": {"broken": 1},
                               "output_schema": 7, "limits": {"pids": 0}, "env": {"LD_PRELOAD": "x", "A": 1}, "mode": "cold"})";
  const std::set<std::string> meaning = {R"("body","docker_image_url")", R"("body","command")", R"("body","input_schema")",
                                         R"("body","env","LD_PRELOAD")"};
  std::set<std::string> expected = {R"("body","output_schema")", R"("body","limits","pids")", R"("body","env","A")", R"("body","mode")"};
  expected.insert(meaning.begin(), meaning.end());

  site.add(R"("docker_image_url": "x:1")");
  const auto changed = site.put("/api/v1/plugins/a", body, site.admin);
  EXPECT_EQ(changed.status, 422);
  EXPECT_EQ(places_of(changed), expected) << changed.body;

  expected.merge(std::set<std::string>{R"("body","name")", R"("body","version")"});
  const auto made = site.post("/api/v1/plugins", body, site.admin);
  EXPECT_EQ(made.status, 422);
  EXPECT_EQ(places_of(made), expected) << made.body;
  EXPECT_EQ(site.stores.state.plugins.size(), 1u);
}

TEST(plugin_routes, faults_of_a_folders_description_are_told_inside_plugin_json) {
  Registering site;
  site.packages.content = {.name = "other", .version = "", .description = "", .spec = {.input_schema = "broken"}};
  site.packages.faults = {{.loc = {"version"}, .msg = "Field required", .type = "missing"}};
  const auto upload = [&](std::string tar) {
    return site.call({"PUT",
                      "/api/v1/plugins/folder/package",
                      std::move(tar),
                      {{"Authorization", "Bearer " + site.admin}, {"Content-Type", "application/x-tar"}}});
  };
  const auto reply = upload("a tar");
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(places_of(reply),
            (std::set<std::string>{R"("body","plugin.json","version")", R"("body","plugin.json","name")",
                                   R"("body","plugin.json","input_schema")", R"("body","plugin.json","docker_image_url")"}))
      << reply.body;
  const auto no_archive = upload("");
  EXPECT_EQ(places_of(no_archive), std::set<std::string>{R"("body")"}) << no_archive.body;
}

TEST(plugin_routes, a_large_body_is_read_by_the_pool_and_a_small_one_here) {
  Registering site;
  const auto plugin = [](std::string name, std::size_t bytes) {
    return R"({"name": ")" + name + R"(", "version": "1.0.0", "docker_image_url": "x:1", "unknown": ")" + std::string(bytes, 'x') + "\"}";
  };
  EXPECT_EQ(site.post("/api/v1/plugins", plugin("large", 70'000), site.admin).status, 201);
  EXPECT_EQ(site.put("/api/v1/plugins/large", plugin("large", 70'000), site.admin).status, 200);
  site.pool.stop();
  EXPECT_EQ(site.post("/api/v1/plugins", plugin("small", 60'000), site.admin).status, 201);
  EXPECT_EQ(site.post("/api/v1/plugins", plugin("other", 70'000), site.admin).status, 503);
  EXPECT_EQ(site.put("/api/v1/plugins/small", plugin("small", 70'000), site.admin).status, 503);
}

TEST(plugin_routes, of_two_changes_at_once_neither_loses_what_the_other_brought) {
  Registering site;
  site.add(R"("docker_image_url": "x:1")");
  const HttpField admin{"Authorization", "Bearer " + site.admin};
  // The first one waits for the pool after it has read the plugin; the second one is through by then.
  const auto replies = site.call_both(
      {"PUT", "/api/v1/plugins/a", R"({"input_schema": {"title": "i"}, "unknown": ")" + std::string(70'000, 'x') + "\"}", {admin}},
      {"PUT", "/api/v1/plugins/a", R"({"output_schema": {"title": "o"}, "description": "d"})", {admin}});
  EXPECT_EQ(replies.first.status, 200) << replies.first.body;
  EXPECT_EQ(replies.second.status, 200) << replies.second.body;
  const std::string stored = site.get("/api/v1/plugins/a", site.admin).body;
  EXPECT_EQ(stored, replies.first.body);
  EXPECT_EQ(member_of(stored, "input_schema"), R"({"title": "i"})");
  EXPECT_EQ(member_of(stored, "output_schema"), R"({"title": "o"})");
  EXPECT_EQ(member_of(stored, "description"), "\"d\"");
  EXPECT_EQ(member_of(site.get("/api/v1/plugins/a/versions", site.admin).body, "total"), "3");
}

TEST(plugin_routes, a_fault_of_the_image_is_told_at_the_field_that_was_sent) {
  Registering site;
  const std::set<std::string> older = {R"("body","docker_image")"};
  for (const std::string fields :
       {R"("docker_image": "-v /:/h")", R"("docker_image": 5)", R"("docker_image": "a", "docker_image_url": "b")"})
    EXPECT_EQ(places_of(site.add(fields)), older) << fields;
  EXPECT_EQ(places_of(site.add(R"("docker_image_url": "-v /:/h")")), (std::set<std::string>{R"("body","docker_image_url")"}));
  EXPECT_TRUE(site.stores.state.plugins.empty());
}

TEST(plugin_routes, an_image_is_not_taken_away_with_nothing_in_its_place) {
  Registering site;
  const std::string made = site.add(R"("docker_image_url": "x:1")").body;
  const auto refused = site.put("/api/v1/plugins/a", R"({"docker_image_url": null, "description": "d"})", site.admin);
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(places_of(refused), (std::set<std::string>{R"("body","docker_image_url")"}));
  EXPECT_TRUE(refused.body.contains("a plugin needs an image or a package")) << refused.body;
  EXPECT_EQ(site.get("/api/v1/plugins/a", site.admin).body, made);
  EXPECT_EQ(site.put("/api/v1/plugins/a", made, site.admin).body, made) << "what was read can be sent back";
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
  EXPECT_EQ(site.post("/api/v1/plugins/a/rollback", R"({"version_id": 999999})", site.admin).status, 404);
  EXPECT_EQ(site.post("/api/v1/plugins/a/rollback", R"({"version_id": "one"})", site.admin).status, 422);
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
