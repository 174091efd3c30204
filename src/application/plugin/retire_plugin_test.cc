#include "application/plugin/retire_plugin.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

struct RetirePluginTest : testing::Test {
  FakeWorld world;
  RollBackPlugin roll_back{world.plugins, world.plugin_reader, world.audit};
  EndOrphans orphans{world.jobs, world.signals, world.log};
  DeletePlugin remove{world.plugins, orphans, world.audit};

  Plugin change(std::string version, std::string description) {
    return ok(world.plugins.change(world.echo.id, {.version = std::move(version), .description = std::move(description)}));
  }
};

TEST_F(RetirePluginTest, an_earlier_version_is_named_by_its_numbers) {
  change("2.0.0", "");
  EXPECT_EQ(ok(roll_back.run(FakeWorld::actor(world.ada), world.echo.id, "1.0.0")).current.id, world.echo.current.id);
  EXPECT_EQ(world.last_audit(), "plugin.rollback plugin echo ok");
}

TEST_F(RetirePluginTest, of_several_that_carry_the_numbers_the_newest_that_is_not_current_is_meant) {
  const Plugin second = change("1.0.0", "second");
  const Plugin third = change("1.0.0", "third");
  EXPECT_EQ(ok(roll_back.run(FakeWorld::actor(world.ada), world.echo.id, "1.0.0")).current.id, second.current.id);
  EXPECT_EQ(ok(roll_back.run(FakeWorld::actor(world.ada), world.echo.id, "1.0.0")).current.id, third.current.id);
}

TEST_F(RetirePluginTest, an_unknown_version_is_answered_with_those_that_there_are) {
  for (int i = 1; i < 30; ++i) change("2." + std::to_string(i) + ".0", "");
  const auto newest = std::to_underlying(change("2.30.0", "").current.id);
  const Error error = error_of(roll_back.run(FakeWorld::actor(world.ada), world.echo.id, "9.9.9"));
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_TRUE(error.message.contains("2.30.0 (id " + std::to_string(newest) + "), 2.29.0 (id ") && error.message.contains("11 older"))
      << error.message;
}

TEST_F(RetirePluginTest, going_back_to_the_only_version_of_those_numbers_changes_nothing) {
  EXPECT_EQ(ok(roll_back.run(FakeWorld::actor(world.ada), world.echo.id, "1.0.0")).current.id, world.echo.current.id);
  EXPECT_EQ(world.state.versions.size(), 1u);
}

TEST_F(RetirePluginTest, deleting_a_plugin_fails_its_queued_jobs_and_wakes_who_waits) {
  const JobId queued = world.submit(world.job_of(world.bob));
  ok(remove.run(FakeWorld::actor(world.ada), world.echo.id));
  EXPECT_EQ(world.job(queued).status, JobStatus::failed);
  EXPECT_EQ(world.signals.ended, std::vector{queued});
  EXPECT_EQ(world.last_audit(), "plugin.delete plugin " + number_of(world.echo.id) + " ok");
}

TEST_F(RetirePluginTest, going_back_to_the_hosts_network_is_for_an_administrator_who_has_logged_in) {
  PluginSpec networked = FakeWorld::folder_spec();
  networked.network = NetworkAccess::host;
  const Plugin open = ok(world.plugins.change(world.echo.id, {.spec = networked}));
  change("2.0.0", "");
  ok(world.plugins.change(world.echo.id, {.spec = FakeWorld::folder_spec()}));
  EXPECT_EQ(code_of(roll_back.run(FakeWorld::local_operator(), world.echo.id, open.current.id)), ErrorCode::permission_denied);
  EXPECT_EQ(ok(roll_back.run(FakeWorld::actor(world.ada), world.echo.id, open.current.id)).current.spec.network, NetworkAccess::host);
}

TEST_F(RetirePluginTest, only_administrators_retire) {
  for (const auto& [actor, code] :
       {std::pair{FakeWorld::nobody(), ErrorCode::unauthenticated}, std::pair{FakeWorld::actor(world.bob), ErrorCode::permission_denied}}) {
    EXPECT_EQ(code_of(roll_back.run(actor, world.echo.id, "1.0.0")), code);
    EXPECT_EQ(code_of(remove.run(actor, world.echo.id)), code);
  }
  EXPECT_EQ(code_of(roll_back.run(FakeWorld::actor(world.ada), PluginId{9999}, "1.0.0")), ErrorCode::not_found);
  EXPECT_EQ(code_of(remove.run(FakeWorld::actor(world.ada), PluginId{9999})), ErrorCode::not_found);
}

}  // namespace
}  // namespace orc
