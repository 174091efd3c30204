#include "application/user/log_in.h"

#include <gtest/gtest.h>

#include "application/user/api_keys.h"
#include "application/user/authenticate.h"
#include "application/user/change_user.h"
#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct LogInTest : testing::Test {
  FakeWorld world;
  LogIn log_in{world.users, world.hasher, world.signer, world.clock, world.audit, 3600s};
  Authenticate authenticate{world.users, world.api_keys, world.signer, world.clock, world.digest, world.digest.sha256("orc_operator")};

  Async<LoggedIn> as_bob(std::string password = "password") { return log_in.run("bob@example.org", std::move(password), "127.0.0.1"); }
};

TEST_F(LogInTest, the_right_password_gives_a_token_that_says_who_it_is) {
  const LoggedIn logged_in = ok(log_in.run(" Bob@Example.ORG ", "password", "127.0.0.1"));
  EXPECT_EQ(logged_in.expires_in, 3600s);
  const Principal who = ok(authenticate.run(logged_in.token, TokenUse::everything));
  EXPECT_EQ(who.user, world.bob.id);
  EXPECT_EQ(who.role, Role::user);
  EXPECT_TRUE(who.has(Scope::submit));
  EXPECT_EQ(world.last_audit(), "user.login user " + number_of(world.bob.id) + " ok");
}

// An older service took addresses as they were typed, and some that are refused today.
TEST_F(LogInTest, accounts_of_an_older_service_log_in_as_they_are_spelled) {
  const auto id_of = [&](const char* email) {
    const auto answer = run(log_in.run(email, "password", "127.0.0.1"));
    return answer ? ok(authenticate.run(answer->token, TokenUse::everything)).user : UserId{0};
  };
  const UserId large = ok(world.users.add({.email = "Zoe@example.org", .password_hash = world.bob.password_hash})).id;
  EXPECT_EQ(id_of("zoe@example.org"), large) << "nobody else has it";
  const UserId small = ok(world.users.add({.email = "zoe@example.org", .password_hash = world.bob.password_hash})).id;
  const UserId local = ok(world.users.add({.email = "root@localhost", .password_hash = world.bob.password_hash})).id;
  EXPECT_EQ(id_of("Zoe@example.org"), large);
  EXPECT_EQ(id_of("zoe@example.org"), small);
  EXPECT_EQ(id_of("ZOE@example.org"), small);
  EXPECT_EQ(id_of(" Root@localhost "), local);
}

TEST_F(LogInTest, wrong_unknown_and_malformed_give_one_answer_and_cost_one_check_each) {
  const Error expected{ErrorCode::unauthenticated, "Incorrect email or password"};
  const std::pair<const char*, const char*> cases[] = {
      {"bob@example.org", "wrong"}, {"nobody@example.org", "password"}, {"not an address", "password"}, {"", ""}};
  for (const auto& [email, password] : cases) {
    const int before = world.hasher.verified;
    EXPECT_EQ(error_of(log_in.run(email, password, "127.0.0.1")), expected) << email;
    EXPECT_EQ(world.hasher.verified, before + 1) << "an unknown address must take as long as a wrong password";
  }
}

TEST_F(LogInTest, a_failed_login_is_audited_without_the_password_or_a_claim_who_it_was) {
  EXPECT_EQ(code_of(as_bob("s3cret")), ErrorCode::unauthenticated);
  const AuditEntry& entry = world.state.audit.back().entry;
  EXPECT_FALSE(entry.succeeded || entry.actor);
  EXPECT_EQ(entry.subject, "user " + number_of(world.bob.id));
  EXPECT_EQ(code_of(log_in.run("s3cret@example.org", "s3cret", "127.0.0.1")), ErrorCode::unauthenticated);
  EXPECT_EQ(world.last_audit(), "user.login unknown e-mail failed");
}

TEST_F(LogInTest, inactive_is_told_only_to_who_knows_the_password) {
  ok(world.users.change(world.bob.id, {.is_active = false}));
  EXPECT_EQ(error_of(as_bob()), (Error{ErrorCode::permission_denied, "Inactive user"}));
  EXPECT_EQ(error_of(as_bob("wrong")).code, ErrorCode::unauthenticated);
}

TEST_F(LogInTest, a_crowd_at_the_door_and_an_absent_store_are_no_wrong_password) {
  world.hasher.too_many_wait = true;
  EXPECT_EQ(code_of(as_bob()), ErrorCode::resource_exhausted);
  world.hasher.too_many_wait = false;
  world.state.faults.reads_fail = true;
  EXPECT_EQ(code_of(as_bob()), ErrorCode::unavailable);
}

TEST_F(LogInTest, no_token_leaves_unaudited) {
  world.state.faults.audit_fails = true;
  EXPECT_EQ(code_of(as_bob()), ErrorCode::unavailable);
}

TEST_F(LogInTest, a_token_ends_with_its_lifetime) {
  const std::string token = ok(as_bob()).token;
  world.clock.advance(3600s - 1s);
  ok(authenticate.run(token, TokenUse::everything));
  world.clock.advance(2s);
  EXPECT_EQ(error_of(authenticate.run(token, TokenUse::everything)), (Error{ErrorCode::unauthenticated, "Could not validate credentials"}));
}

TEST_F(LogInTest, a_token_for_one_use_is_good_for_nothing_else) {
  const UserId bob = ok(authenticate.run(ok(as_bob()).token, TokenUse::plugin_registry)).user;
  const std::string token = world.signer.sign({.user = bob,
                                               .use = TokenUse::plugin_registry,
                                               .expires_at = std::chrono::ceil<std::chrono::seconds>(world.clock.now() + 60s),
                                               .issued_at = {},
                                               .epoch = ok(world.users.get(bob)).epoch});
  EXPECT_EQ(ok(authenticate.run(token, TokenUse::plugin_registry)).user, bob);
  EXPECT_EQ(code_of(authenticate.run(token, TokenUse::everything)), ErrorCode::unauthenticated);
}

TEST_F(LogInTest, a_token_ends_with_the_password_the_account_or_its_activity) {
  ChangeUser change_user{world.users, world.hasher, world.audit};
  const auto refused = [&](const std::string& token) {
    return code_of(authenticate.run(token, TokenUse::everything)) == ErrorCode::unauthenticated;
  };

  const std::string first = ok(as_bob()).token;
  ok(change_user.run(FakeWorld::actor(world.bob), world.bob.id, {.password = "another password"}));
  EXPECT_TRUE(refused(first));
  const std::string second = ok(as_bob("another password")).token;
  ok(authenticate.run(second, TokenUse::everything));
  ok(change_user.run(FakeWorld::actor(world.ada), world.bob.id, {.is_active = false}));
  EXPECT_TRUE(refused(second));
  ok(change_user.run(FakeWorld::actor(world.ada), world.bob.id, {.is_active = true}));
  EXPECT_TRUE(refused(second)) << "what was ended stays ended";
  const std::string third = ok(as_bob("another password")).token;
  ok(authenticate.run(third, TokenUse::everything));
  ok(world.users.erase(world.bob.id));
  EXPECT_TRUE(refused(third));
}

TEST_F(LogInTest, a_role_counts_from_the_next_request_on) {
  const std::string token = ok(as_bob()).token;
  ok(world.users.change(world.bob.id, {.role = Role::admin}));
  EXPECT_TRUE(ok(authenticate.run(token, TokenUse::everything)).is_admin());
}

TEST_F(LogInTest, nonsense_is_no_credential) {
  for (const std::string& bearer : {std::string(), std::string("token"), std::string("token:1:2"), std::string("orc_"),
                                    std::string("orc_unknown"), std::string(10'000, 'x')})
    EXPECT_EQ(code_of(authenticate.run(bearer, TokenUse::everything)), ErrorCode::unauthenticated) << bearer.substr(0, 20);
}

TEST_F(LogInTest, an_absent_store_is_not_the_callers_fault) {
  const std::string token = ok(as_bob()).token;
  world.state.faults.reads_fail = true;
  EXPECT_EQ(code_of(authenticate.run(token, TokenUse::everything)), ErrorCode::unavailable);
  EXPECT_EQ(code_of(authenticate.run("orc_whatever", TokenUse::everything)), ErrorCode::unavailable);
}

TEST_F(LogInTest, the_key_of_the_data_directory_is_the_operators) {
  const Principal who = ok(authenticate.run("orc_operator", TokenUse::everything));
  EXPECT_TRUE(who.is_operator() && who.is_admin());
  EXPECT_FALSE(ok(authenticate.run(ok(as_bob()).token, TokenUse::everything)).is_operator());
}

}  // namespace
}  // namespace orc
