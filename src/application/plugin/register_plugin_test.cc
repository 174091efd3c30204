#include "application/plugin/register_plugin.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

template <typename T>
T made(boost::asio::awaitable<PluginResult<T>> work) {
  auto result = run(std::move(work));
  if (!result) throw std::runtime_error("unexpected refusal: " + result.error().error.message);
  return std::move(*result);
}

template <typename T>
PluginRefusal refusal(boost::asio::awaitable<PluginResult<T>> work) {
  auto result = run(std::move(work));
  if (result) throw std::runtime_error("a refusal was expected, but it succeeded");
  return std::move(result.error());
}

template <typename T>
ErrorCode refusal_code(boost::asio::awaitable<PluginResult<T>> work) {
  return refusal(std::move(work)).error.code;
}

template <typename T>
Draft<T> read(T content) {
  return {.content = std::move(content), .faults = {}};
}

std::vector<FieldPlace> places(const PluginRefusal& refused) {
  std::vector<FieldPlace> all;
  for (const FieldFault& fault : refused.faults) all.push_back(fault.loc);
  return all;
}

struct RegisterPluginTest : testing::Test {
  FakeWorld world;
  AddPlugin add{world.plugins, world.schemas, world.audit};
  ChangePlugin change{world.plugins, world.schemas, world.audit};
  UploadPackage upload{add, change, world.plugin_reader, world.packages, world.schemas, world.blobs};

  static NewPlugin plugin(std::string name = "new") {
    return {.name = std::move(name), .version = "1.0.0", .description = "", .spec = FakeWorld::folder_spec()};
  }
};

TEST_F(RegisterPluginTest, an_administrator_adds_a_plugin) {
  EXPECT_EQ(made(add.run(FakeWorld::actor(world.ada), read(plugin()))).name, "new");
  EXPECT_EQ(world.last_audit(), "plugin.add plugin new ok");
  made(add.run(FakeWorld::local_operator(), read(plugin("other"))));
}

TEST_F(RegisterPluginTest, nobody_else_writes) {
  for (const auto& [actor, code] :
       {std::pair{FakeWorld::nobody(), ErrorCode::unauthenticated}, std::pair{FakeWorld::actor(world.bob), ErrorCode::permission_denied}}) {
    EXPECT_EQ(refusal_code(add.run(actor, read(plugin()))), code);
    EXPECT_EQ(refusal_code(change.run(actor, world.echo.id, read(PluginChange{.is_active = false}))), code);
    EXPECT_EQ(refusal_code(upload.run(actor, "new", "tar")), code);
  }
  EXPECT_EQ(world.state.plugins.size(), 1u);
  EXPECT_TRUE(world.state.audit.empty());
}

TEST_F(RegisterPluginTest, the_hosts_network_is_permitted_by_an_administrator_who_has_logged_in) {
  NewPlugin networked = plugin("networked");
  networked.spec.network = NetworkAccess::host;
  world.packages.content = networked;
  PluginChange opened{.spec = networked.spec};
  for (const auto& actor : {FakeWorld::local_operator(), FakeWorld::actor(world.bob)}) {
    for (const PluginRefusal& refused : {refusal(add.run(actor, read(networked))), refusal(upload.run(actor, "networked", "tar")),
                                         refusal(change.run(actor, world.echo.id, read(opened)))})
      EXPECT_EQ(refused.error.code, ErrorCode::permission_denied) << refused.error.message;
  }
  EXPECT_TRUE(refusal(add.run(FakeWorld::local_operator(), read(networked))).error.message.contains("by an administrator"));
  EXPECT_EQ(refusal_code(add.run(FakeWorld::nobody(), read(networked))), ErrorCode::unauthenticated);
  EXPECT_EQ(world.state.plugins.size(), 1u);

  const Plugin made_by_ada = made(add.run(FakeWorld::actor(world.ada), read(networked)));
  EXPECT_EQ(made_by_ada.current.spec.network, NetworkAccess::host);
  // What runs stays what she permitted; with another command it is not.
  made(change.run(FakeWorld::local_operator(), made_by_ada.id, read(PluginChange{.description = "said better"})));
  PluginSpec other = networked.spec;
  other.command = {"./other"};
  EXPECT_EQ(refusal_code(change.run(FakeWorld::local_operator(), made_by_ada.id, read(PluginChange{.spec = other}))),
            ErrorCode::permission_denied);
  other.network = NetworkAccess::none;
  made(change.run(FakeWorld::local_operator(), made_by_ada.id, read(PluginChange{.spec = other})));
}

TEST_F(RegisterPluginTest, what_is_wrong_is_told_at_its_place) {
  using Break = void (*)(NewPlugin&);
  const std::pair<FieldPlace, Break> cases[] = {
      {{"name"}, [](NewPlugin& p) { p.name = "New"; }},
      {{"version"}, [](NewPlugin& p) { p.version = "1.0"; }},
      {{"description"}, [](NewPlugin& p) { p.description = std::string(10'001, 'x'); }},
      {{"docker_image_url"}, [](NewPlugin& p) { p.spec.command.clear(); }},
      {{"limits", "memory_mb"}, [](NewPlugin& p) { p.spec.limits.memory_mb = 0; }},
      {{"input_schema"}, [](NewPlugin& p) { p.spec.input_schema = "broken"; }},
      {{"output_schema"}, [](NewPlugin& p) { p.spec.output_schema = "broken"; }},
  };
  NewPlugin all_bad = plugin();
  for (const auto& [place, spoil] : cases) {
    NewPlugin bad = plugin();
    spoil(bad);
    spoil(all_bad);
    const PluginRefusal refused = refusal(add.run(FakeWorld::actor(world.ada), read(bad)));
    EXPECT_EQ(refused.error, (Error{ErrorCode::invalid_argument, "the plugin's description has 1 fault"}));
    EXPECT_EQ(places(refused), std::vector<FieldPlace>{place});
  }
  EXPECT_EQ(places(refusal(add.run(FakeWorld::actor(world.ada), read(all_bad)))).size(), std::size(cases)) << "all at once";
  EXPECT_EQ(world.state.plugins.size(), 1u);
}

TEST_F(RegisterPluginTest, what_could_not_be_read_is_told_with_what_is_wrong_beside_it) {
  NewPlugin half_read = plugin("");  // as a reader leaves it
  half_read.spec.input_schema = "broken";
  half_read.spec.output_schema = "broken";
  const std::vector<FieldFault> unread = {{.loc = {"name"}, .msg = "Field required", .type = "missing"},
                                          {.loc = {"output_schema"}, .msg = "a schema has at most 256 KiB", .type = "value_error"}};
  const std::vector<FieldPlace> expected = {{"name"}, {"output_schema"}, {"input_schema"}};
  EXPECT_EQ(places(refusal(add.run(FakeWorld::actor(world.ada), {.content = half_read, .faults = unread}))), expected);

  world.packages.content = half_read;
  world.packages.faults = unread;
  EXPECT_EQ(places(refusal(upload.run(FakeWorld::actor(world.ada), "new", "tar"))), expected);

  Draft<PluginChange> changed{.content = {.version = "x", .spec = half_read.spec}, .faults = {unread.back()}};
  EXPECT_EQ(places(refusal(change.run(FakeWorld::actor(world.ada), world.echo.id, changed))),
            (std::vector<FieldPlace>{{"output_schema"}, {"version"}, {"input_schema"}}));
}

TEST_F(RegisterPluginTest, a_fault_of_a_field_that_came_under_its_older_name_is_told_there) {
  Draft<NewPlugin> draft = read(plugin());
  draft.content.spec = {.docker_image_url = "--privileged", .limits = {.pids = 0}};
  draft.sent_as = {{"docker_image_url", "docker_image"}};
  const std::vector<FieldPlace> expected = {{"docker_image"}, {"limits", "pids"}};
  EXPECT_EQ(places(refusal(add.run(FakeWorld::actor(world.ada), draft))), expected);

  world.packages.content = draft.content;
  world.packages.sent_as = draft.sent_as;
  EXPECT_EQ(places(refusal(upload.run(FakeWorld::actor(world.ada), "new", "tar"))), expected);

  Draft<PluginChange> changed{.content = {.spec = draft.content.spec}, .faults = {}, .sent_as = draft.sent_as};
  EXPECT_EQ(places(refusal(change.run(FakeWorld::actor(world.ada), world.echo.id, changed))), expected);
}

TEST_F(RegisterPluginTest, a_change_made_from_a_version_that_is_not_current_any_more_is_a_conflict) {
  const PluginVersionId first = world.echo.current.id;
  made(change.run(FakeWorld::actor(world.ada), world.echo.id, read(PluginChange{.description = "one", .based_on = first})));
  EXPECT_EQ(refusal_code(change.run(FakeWorld::actor(world.ada), world.echo.id, read(PluginChange{.version = "2.0.0", .based_on = first}))),
            ErrorCode::conflict);
  EXPECT_EQ(ok(world.plugin_reader.by_id(world.echo.id)).current.description, "one");
}

TEST_F(RegisterPluginTest, a_schema_that_cannot_be_checked_now_is_no_fault_of_the_plugin) {
  world.schemas.busy = true;
  NewPlugin good = plugin();
  good.spec.input_schema = "{}";
  const PluginRefusal refused = refusal(add.run(FakeWorld::actor(world.ada), read(good)));
  EXPECT_EQ(refused.error.code, ErrorCode::resource_exhausted);
  EXPECT_TRUE(refused.faults.empty());
}

TEST_F(RegisterPluginTest, a_taken_name_is_refused_in_the_contracts_words) {
  EXPECT_EQ(refusal(add.run(FakeWorld::actor(world.ada), read(plugin("echo")))).error,
            (Error{ErrorCode::conflict, "Plugin with this name already exists"}));
}

TEST_F(RegisterPluginTest, a_change_is_held_to_the_same_rules) {
  const Actor ada = FakeWorld::actor(world.ada);
  PluginSpec broken = FakeWorld::folder_spec();
  broken.output_schema = "broken";
  const std::pair<PluginChange, FieldPlace> cases[] = {{{.version = "x"}, {"version"}},
                                                       {{.description = std::string(10'001, 'x')}, {"description"}},
                                                       {{.spec = PluginSpec{}}, {"docker_image_url"}},
                                                       {{.spec = broken}, {"output_schema"}}};
  for (const auto& [bad, place] : cases)
    EXPECT_EQ(places(refusal(change.run(ada, world.echo.id, read(bad)))), std::vector<FieldPlace>{place});
  EXPECT_EQ(refusal_code(change.run(ada, PluginId{9999}, read(PluginChange{.version = "2.0.0"}))), ErrorCode::not_found);
  EXPECT_EQ(made(change.run(ada, world.echo.id, read(PluginChange{.version = "2.0.0"}))).current.version, "2.0.0");
  EXPECT_EQ(world.last_audit(), "plugin.change plugin echo ok");
}

TEST_F(RegisterPluginTest, a_new_folder_adds_a_plugin_and_a_known_one_a_version) {
  world.packages.content = plugin();
  const UploadedPlugin first = made(upload.run(FakeWorld::actor(world.ada), "new", "tar one"));
  EXPECT_EQ(first.effect, UploadedPlugin::Effect::added);
  ASSERT_TRUE(first.plugin.current.spec.package);
  EXPECT_EQ(ok(world.blobs.get(*first.plugin.current.spec.package)), "tar one");

  const UploadedPlugin second = made(upload.run(FakeWorld::actor(world.ada), "new", "tar two"));
  EXPECT_EQ(second.effect, UploadedPlugin::Effect::changed);
  EXPECT_EQ(second.plugin.id, first.plugin.id);
  EXPECT_NE(second.plugin.current.id, first.plugin.current.id);
  EXPECT_EQ(second.plugin.current.spec.package, world.digest.sha256("tar two"));
}

TEST_F(RegisterPluginTest, the_same_folder_again_makes_no_version) {
  world.packages.content = plugin();
  const UploadedPlugin first = made(upload.run(FakeWorld::actor(world.ada), "new", "tar"));
  EXPECT_EQ(made(upload.run(FakeWorld::actor(world.ada), "new", "tar")).plugin.current.id, first.plugin.current.id);
}

TEST_F(RegisterPluginTest, a_folder_of_another_name_or_an_unreadable_one_is_refused) {
  world.packages.content = plugin("other");
  const PluginRefusal refused = refusal(upload.run(FakeWorld::actor(world.ada), "new", "tar"));
  ASSERT_EQ(places(refused), std::vector<FieldPlace>{{"name"}});
  EXPECT_EQ(refused.faults.front().msg, "the plugin is \"other\", but the upload is for \"new\"");
  EXPECT_EQ(code_of(world.blobs.get(world.digest.sha256("tar"))), ErrorCode::not_found) << "nothing is kept of a refused folder";
  EXPECT_EQ(refusal_code(upload.run(FakeWorld::actor(world.ada), "new", "")), ErrorCode::invalid_argument);
  EXPECT_EQ(world.state.plugins.size(), 1u);
}

TEST_F(RegisterPluginTest, no_row_names_a_package_that_was_not_kept) {
  world.packages.content = plugin();
  world.state.faults.blobs_fail = true;
  EXPECT_EQ(refusal_code(upload.run(FakeWorld::actor(world.ada), "new", "tar")), ErrorCode::unavailable);
  EXPECT_EQ(world.state.plugins.size(), 1u);
}

}  // namespace
}  // namespace orc
