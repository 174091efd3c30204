#include "application/user/api_keys.h"

#include <gtest/gtest.h>

#include "application/user/authenticate.h"
#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

struct ApiKeysTest : testing::Test {
  FakeWorld world;
  CreateApiKey create{world.api_keys, world.random, world.digest, world.audit};
  DeleteApiKey remove{world.api_keys, world.audit};
  Authenticate authenticate{world.users, world.api_keys, world.signer, world.clock, world.digest, world.digest.sha256("orc_operator")};
};

TEST_F(ApiKeysTest, a_key_authenticates_its_owner_with_its_scopes_alone) {
  const MadeApiKey made = ok(create.run(FakeWorld::actor(world.bob), "laptop", {Scope::read}));
  EXPECT_TRUE(made.secret.starts_with("orc_"));
  EXPECT_EQ(made.key.name, "laptop");
  const Principal who = ok(authenticate.run(made.secret, TokenUse::everything));
  EXPECT_EQ(who.user, world.bob.id);
  EXPECT_EQ(who.scopes, std::vector{Scope::read});
  EXPECT_EQ(world.last_audit(), "api_key.create api key " + number_of(made.key.id) + " ok");
}

TEST_F(ApiKeysTest, the_secret_is_not_kept_and_its_prefix_gives_little_away) {
  const MadeApiKey made = ok(create.run(FakeWorld::actor(world.bob), "laptop", {Scope::read}));
  EXPECT_GE(made.secret.size(), 4u + 48u);
  EXPECT_TRUE(made.secret.starts_with(made.key.prefix));
  EXPECT_LE(made.key.prefix.size(), 12u);
  EXPECT_EQ(world.state.api_keys.at(made.key.id).secret, world.digest.sha256(made.secret));
  for (const MemoryAuditEntry& noted : world.state.audit) EXPECT_FALSE(noted.entry.subject.contains(made.secret));
}

TEST_F(ApiKeysTest, no_key_can_do_more_than_who_makes_it) {
  Actor reader = FakeWorld::actor(world.bob);
  reader.principal.scopes = {Scope::read};
  Actor narrow_admin = FakeWorld::actor(world.ada);
  narrow_admin.principal.scopes = {Scope::read, Scope::submit};
  struct Case {
    const char* what;
    Actor actor;
    std::vector<Scope> scopes;
    std::optional<ErrorCode> expected;
  };
  const Case cases[] = {
      {"a user, its own", FakeWorld::actor(world.bob), {Scope::read, Scope::submit}, {}},
      {"a user, admin", FakeWorld::actor(world.bob), {Scope::admin}, ErrorCode::permission_denied},
      {"a user, worker", FakeWorld::actor(world.bob), {Scope::read, Scope::worker}, ErrorCode::permission_denied},
      {"an admin, all", FakeWorld::actor(world.ada), {Scope::read, Scope::submit, Scope::admin, Scope::worker}, {}},
      {"by a key for reading, submit", reader, {Scope::submit}, ErrorCode::permission_denied},
      {"by an admin's key without admin, admin", narrow_admin, {Scope::admin}, ErrorCode::permission_denied},
      {"nobody", FakeWorld::nobody(), {Scope::read}, ErrorCode::unauthenticated},
      {"no scope", FakeWorld::actor(world.bob), {}, ErrorCode::invalid_argument},
  };
  for (const Case& c : cases) {
    const auto made = run(create.run(c.actor, "key", c.scopes));
    EXPECT_EQ(made.has_value(), !c.expected) << c.what;
    if (!made && c.expected) EXPECT_EQ(made.error().code, *c.expected) << c.what;
  }
}

TEST_F(ApiKeysTest, a_name_has_1_to_100_bytes) {
  for (const auto& [name, good] : {std::pair{std::string(), false}, {std::string(100, 'n'), true}, {std::string(101, 'n'), false}})
    EXPECT_EQ(run(create.run(FakeWorld::actor(world.bob), name, {Scope::read})).has_value(), good) << name.size();
}

TEST_F(ApiKeysTest, a_deleted_key_ends_at_once_and_only_its_owner_deletes_it) {
  const MadeApiKey made = ok(create.run(FakeWorld::actor(world.bob), "laptop", {Scope::read}));
  EXPECT_EQ(code_of(remove.run(FakeWorld::actor(world.eve), made.key.id)), ErrorCode::not_found);
  EXPECT_EQ(code_of(remove.run(FakeWorld::nobody(), made.key.id)), ErrorCode::unauthenticated);
  ok(authenticate.run(made.secret, TokenUse::everything));
  ok(remove.run(FakeWorld::actor(world.bob), made.key.id));
  EXPECT_EQ(code_of(authenticate.run(made.secret, TokenUse::everything)), ErrorCode::unauthenticated);
}

TEST_F(ApiKeysTest, a_key_of_an_inactive_user_is_no_credential) {
  const MadeApiKey made = ok(create.run(FakeWorld::actor(world.bob), "laptop", {Scope::read}));
  ok(world.users.change(world.bob.id, {.is_active = false}));
  EXPECT_EQ(code_of(authenticate.run(made.secret, TokenUse::everything)), ErrorCode::unauthenticated);
}

TEST_F(ApiKeysTest, an_admins_key_loses_its_power_with_the_role) {
  ok(world.users.change(world.bob.id, {.role = Role::admin}));
  Actor bob = FakeWorld::actor(world.bob);
  bob.principal.role = Role::admin;
  const MadeApiKey made = ok(create.run(bob, "ops", {Scope::admin}));
  EXPECT_TRUE(ok(authenticate.run(made.secret, TokenUse::everything)).is_admin());
  ok(world.users.change(world.bob.id, {.role = Role::user}));
  EXPECT_FALSE(ok(authenticate.run(made.secret, TokenUse::everything)).is_admin());
}

}  // namespace
}  // namespace orc
