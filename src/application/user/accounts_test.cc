// RegisterUser, ChangeUser and DeleteUser.
#include <gtest/gtest.h>

#include "application/user/change_user.h"
#include "application/user/delete_user.h"
#include "application/user/register_user.h"
#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

struct AccountsTest : testing::Test {
  FakeWorld world;
  RegisterUser register_user{world.users, world.hasher, world.audit, Registration::open};
  RegisterUser closed{world.users, world.hasher, world.audit, Registration::closed};
  ChangeUser change_user{world.users, world.hasher, world.audit};
  EndOrphans orphans{world.jobs, world.signals, world.log};
  DeleteUser delete_user{world.users, orphans, world.audit};

  static RegistrationRequest request(std::string email = "new@example.org") {
    return {.email = std::move(email), .password = "long enough", .full_name = "New"};
  }
};

TEST_F(AccountsTest, registration_makes_a_user_with_a_hashed_password) {
  const User made = ok(register_user.run(FakeWorld::nobody(), request(" New@Example.org")));
  EXPECT_EQ(made.email, "new@example.org");
  EXPECT_EQ(made.full_name, "New");
  EXPECT_EQ(made.role, Role::user);
  EXPECT_EQ(made.password_hash, "hash of long enough");
  EXPECT_EQ(world.last_audit(), "user.register user " + number_of(made.id) + " ok");
}

TEST_F(AccountsTest, the_first_one_becomes_an_administrator) {
  MemoryStores empty;
  RegisterUser first{empty.users, world.hasher, empty.audit, Registration::open};
  EXPECT_EQ(ok(first.run(FakeWorld::nobody(), request())).role, Role::admin);
}

TEST_F(AccountsTest, closed_registration_is_for_administrators_only) {
  const Error expected{ErrorCode::permission_denied, "Registration is closed"};
  EXPECT_EQ(error_of(closed.run(FakeWorld::nobody(), request())), expected);
  EXPECT_EQ(error_of(closed.run(FakeWorld::actor(world.bob), request())), expected);
  ok(closed.run(FakeWorld::actor(world.ada), request("one@example.org")));
  ok(closed.run(FakeWorld::local_operator(), request("two@example.org")));
}

TEST_F(AccountsTest, a_known_address_is_refused_before_the_costly_hash) {
  world.hasher.too_many_wait = true;  // so that a hash would show
  EXPECT_EQ(error_of(register_user.run(FakeWorld::nobody(), request("BOB@example.org"))),
            (Error{ErrorCode::conflict, "Email already registered"}));
}

TEST_F(AccountsTest, bad_registrations_are_refused) {
  RegistrationRequest short_password = request();
  short_password.password = "short";
  EXPECT_EQ(code_of(register_user.run(FakeWorld::nobody(), short_password)), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(register_user.run(FakeWorld::nobody(), request("nobody"))), ErrorCode::invalid_argument);
  EXPECT_EQ(world.state.users.size(), 3u);
}

TEST_F(AccountsTest, two_registrations_of_one_address_at_once_make_one_account) {
  std::vector<Async<User>> at_once;
  at_once.push_back(register_user.run(FakeWorld::nobody(), request()));
  at_once.push_back(register_user.run(FakeWorld::nobody(), request()));
  int made = 0;
  for (const auto& answer : run_all(std::move(at_once))) {
    made += answer.has_value();
    if (!answer) EXPECT_EQ(answer.error(), (Error{ErrorCode::conflict, "Email already registered"}));
  }
  EXPECT_EQ(made, 1);
}

TEST_F(AccountsTest, who_may_change_what) {
  struct Case {
    const char* what;
    Actor actor;
    UserId id;
    UserChangeRequest request;
    std::optional<ErrorCode> expected;
  };
  const Case cases[] = {
      {"one's own name", FakeWorld::actor(world.bob), world.bob.id, {.full_name = "Bob"}, {}},
      {"one's own e-mail", FakeWorld::actor(world.bob), world.bob.id, {.email = "BOB2@example.org"}, {}},
      {"one's own activity", FakeWorld::actor(world.bob), world.bob.id, {.is_active = false}, ErrorCode::permission_denied},
      {"one's own role", FakeWorld::actor(world.bob), world.bob.id, {.role = Role::admin}, ErrorCode::permission_denied},
      {"another's name", FakeWorld::actor(world.bob), world.eve.id, {.full_name = "E"}, ErrorCode::permission_denied},
      {"nobody", FakeWorld::nobody(), world.eve.id, {.full_name = "E"}, ErrorCode::permission_denied},
      {"an admin, another's all",
       FakeWorld::actor(world.ada),
       world.eve.id,
       {.full_name = "E", .is_active = false, .role = Role::admin},
       {}},
      {"the operator, a role", FakeWorld::local_operator(), world.bob.id, {.role = Role::admin}, {}},
      {"unknown", FakeWorld::actor(world.ada), UserId{9999}, {.full_name = "E"}, ErrorCode::not_found},
      {"a taken e-mail", FakeWorld::actor(world.bob), world.bob.id, {.email = "ada@example.org"}, ErrorCode::conflict},
      {"a bad e-mail", FakeWorld::actor(world.bob), world.bob.id, {.email = "ada"}, ErrorCode::invalid_argument},
      {"a bad password", FakeWorld::actor(world.bob), world.bob.id, {.password = "1"}, ErrorCode::invalid_argument},
  };
  for (const Case& c : cases) {
    const auto entries = world.state.audit.size();
    const auto changed = run(change_user.run(c.actor, c.id, c.request));
    EXPECT_EQ(changed.has_value(), !c.expected) << c.what;
    if (!changed && c.expected) EXPECT_EQ(changed.error().code, *c.expected) << c.what;
    EXPECT_EQ(world.state.audit.size(), entries + (changed ? 1 : 0)) << c.what;
  }
  EXPECT_EQ(world.state.users.at(world.bob.id).email, "bob2@example.org");
}

TEST_F(AccountsTest, the_last_administrator_cannot_step_down) {
  EXPECT_EQ(code_of(change_user.run(FakeWorld::actor(world.ada), world.ada.id, {.role = Role::user})), ErrorCode::conflict);
}

TEST_F(AccountsTest, deleting_a_user_cancels_its_jobs_and_wakes_who_waits_for_them) {
  const JobId queued = world.submit(world.job_of(world.bob));
  world.submit(world.job_of(world.eve));
  ok(delete_user.run(FakeWorld::actor(world.ada), world.bob.id));
  EXPECT_EQ(world.job(queued).status, JobStatus::cancelled);
  EXPECT_EQ(world.signals.ended, std::vector{queued});
  EXPECT_EQ(world.last_audit(), "user.delete user " + number_of(world.bob.id) + " ok");
}

TEST_F(AccountsTest, who_may_delete_whom) {
  EXPECT_EQ(code_of(delete_user.run(FakeWorld::nobody(), world.bob.id)), ErrorCode::unauthenticated);
  EXPECT_EQ(code_of(delete_user.run(FakeWorld::actor(world.bob), world.bob.id)), ErrorCode::permission_denied);
  EXPECT_EQ(code_of(delete_user.run(FakeWorld::actor(world.bob), world.eve.id)), ErrorCode::permission_denied);
  EXPECT_EQ(code_of(delete_user.run(FakeWorld::actor(world.ada), world.ada.id)), ErrorCode::conflict);
  EXPECT_EQ(code_of(delete_user.run(FakeWorld::local_operator(), world.ada.id)), ErrorCode::conflict) << "the last administrator";
  EXPECT_EQ(code_of(delete_user.run(FakeWorld::actor(world.ada), UserId{9999})), ErrorCode::not_found);
  EXPECT_EQ(world.state.users.size(), 3u);
}

}  // namespace
}  // namespace orc
