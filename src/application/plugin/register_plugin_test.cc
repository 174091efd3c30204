#include "application/plugin/register_plugin.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

struct RegisterPluginTest : testing::Test {
  FakeWorld world;
  AddPlugin add{world.plugins, world.schemas, world.audit};
  ChangePlugin change{world.plugins, world.schemas, world.audit};
  UploadPackage upload{add, change, world.plugin_reader, world.packages, world.blobs};

  static NewPlugin plugin(std::string name = "new") {
    return {.name = std::move(name), .version = "1.0.0", .description = "", .spec = FakeWorld::folder_spec()};
  }
};

TEST_F(RegisterPluginTest, an_administrator_adds_a_plugin) {
  EXPECT_EQ(ok(add.run(FakeWorld::actor(world.ada), plugin())).name, "new");
  EXPECT_EQ(world.last_audit(), "plugin.add plugin new ok");
  ok(add.run(FakeWorld::local_operator(), plugin("other")));
}

TEST_F(RegisterPluginTest, nobody_else_writes) {
  for (const auto& [actor, code] :
       {std::pair{FakeWorld::nobody(), ErrorCode::unauthenticated}, std::pair{FakeWorld::actor(world.bob), ErrorCode::permission_denied}}) {
    EXPECT_EQ(code_of(add.run(actor, plugin())), code);
    EXPECT_EQ(code_of(change.run(actor, world.echo.id, {.is_active = false})), code);
    EXPECT_EQ(code_of(upload.run(actor, "new", "tar")), code);
  }
  EXPECT_EQ(world.state.plugins.size(), 1u);
  EXPECT_TRUE(world.state.audit.empty());
}

TEST_F(RegisterPluginTest, what_is_wrong_is_named) {
  using Break = void (*)(NewPlugin&);
  const std::pair<const char*, Break> cases[] = {
      {"name", [](NewPlugin& p) { p.name = "New"; }},
      {"version", [](NewPlugin& p) { p.version = "1.0"; }},
      {"description", [](NewPlugin& p) { p.description = std::string(10'001, 'x'); }},
      {"command", [](NewPlugin& p) { p.spec.command.clear(); }},
      {"limits.memory_mb", [](NewPlugin& p) { p.spec.limits.memory_mb = 0; }},
      {"input_schema", [](NewPlugin& p) { p.spec.input_schema = "broken"; }},
      {"output_schema", [](NewPlugin& p) { p.spec.output_schema = "broken"; }},
  };
  for (const auto& [word, spoil] : cases) {
    NewPlugin bad = plugin();
    spoil(bad);
    const Error error = error_of(add.run(FakeWorld::actor(world.ada), bad));
    EXPECT_EQ(error.code, ErrorCode::invalid_argument) << word;
    EXPECT_TRUE(error.message.contains(word)) << error.message;
  }
}

TEST_F(RegisterPluginTest, a_taken_name_is_refused_in_the_contracts_words) {
  EXPECT_EQ(error_of(add.run(FakeWorld::actor(world.ada), plugin("echo"))),
            (Error{ErrorCode::conflict, "Plugin with this name already exists"}));
}

TEST_F(RegisterPluginTest, a_change_is_held_to_the_same_rules) {
  const Actor ada = FakeWorld::actor(world.ada);
  EXPECT_EQ(code_of(change.run(ada, world.echo.id, {.version = "x"})), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(change.run(ada, world.echo.id, {.spec = PluginSpec{}})), ErrorCode::invalid_argument);
  PluginSpec broken = FakeWorld::folder_spec();
  broken.output_schema = "broken";
  EXPECT_EQ(code_of(change.run(ada, world.echo.id, {.spec = broken})), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(change.run(ada, PluginId{9999}, {.version = "2.0.0"})), ErrorCode::not_found);
  EXPECT_EQ(ok(change.run(ada, world.echo.id, {.version = "2.0.0"})).current.version, "2.0.0");
  EXPECT_EQ(world.last_audit(), "plugin.change plugin echo ok");
}

TEST_F(RegisterPluginTest, a_new_folder_adds_a_plugin_and_a_known_one_a_version) {
  world.packages.content = plugin();
  const UploadedPlugin first = ok(upload.run(FakeWorld::actor(world.ada), "new", "tar one"));
  EXPECT_EQ(first.effect, UploadedPlugin::Effect::added);
  ASSERT_TRUE(first.plugin.current.spec.package);
  EXPECT_EQ(ok(world.blobs.get(*first.plugin.current.spec.package)), "tar one");

  const UploadedPlugin second = ok(upload.run(FakeWorld::actor(world.ada), "new", "tar two"));
  EXPECT_EQ(second.effect, UploadedPlugin::Effect::changed);
  EXPECT_EQ(second.plugin.id, first.plugin.id);
  EXPECT_NE(second.plugin.current.id, first.plugin.current.id);
  EXPECT_EQ(second.plugin.current.spec.package, world.digest.sha256("tar two"));
}

TEST_F(RegisterPluginTest, the_same_folder_again_makes_no_version) {
  world.packages.content = plugin();
  const UploadedPlugin first = ok(upload.run(FakeWorld::actor(world.ada), "new", "tar"));
  EXPECT_EQ(ok(upload.run(FakeWorld::actor(world.ada), "new", "tar")).plugin.current.id, first.plugin.current.id);
}

TEST_F(RegisterPluginTest, a_folder_of_another_name_or_an_unreadable_one_is_refused) {
  world.packages.content = plugin("other");
  const Error error = error_of(upload.run(FakeWorld::actor(world.ada), "new", "tar"));
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(error.message.contains("other") && error.message.contains("new"));
  EXPECT_EQ(code_of(upload.run(FakeWorld::actor(world.ada), "new", "")), ErrorCode::invalid_argument);
  EXPECT_EQ(world.state.plugins.size(), 1u);
}

TEST_F(RegisterPluginTest, no_row_names_a_package_that_was_not_kept) {
  world.packages.content = plugin();
  world.state.faults.blobs_fail = true;
  EXPECT_EQ(code_of(upload.run(FakeWorld::actor(world.ada), "new", "tar")), ErrorCode::unavailable);
  EXPECT_EQ(world.state.plugins.size(), 1u);
}

}  // namespace
}  // namespace orc
