#include <algorithm>
#include <set>

#include "tests/contract/store_fixture.h"

namespace orc {

// What every UserStore and ApiKeyStore must do. The fixture has an administrator, who came first, and a user.
class UserStoreContract : public StoreContract {
 protected:
  static ContentHash secret(std::uint8_t n) {
    ContentHash hash;
    hash.bytes.fill(n);
    return hash;
  }

  NewApiKey key_of(const User& owner, std::uint8_t n) const {
    return {.name = "laptop", .owner = owner.id, .scopes = {Scope::read, Scope::submit}, .secret = secret(n), .prefix = "orc_1234"};
  }
};

using std::chrono_literals::operator""s;

TEST_F(UserStoreContract, the_first_user_is_an_administrator_whatever_was_asked_for) {
  EXPECT_EQ(admin.role, Role::admin);
  EXPECT_EQ(user.role, Role::user);
  EXPECT_EQ(ok(db.users.add({.email = "eve@example.org", .role = Role::admin})).role, Role::admin);
}

TEST_F(UserStoreContract, a_user_is_read_back_as_it_was_given) {
  db.clock.advance(5s);
  const User made = ok(db.users.add({.email = "eve@example.org", .full_name = "Eve \xC3\x84", .password_hash = "$2b$12$x"}));
  for (const User& read : {made, ok(db.users.get(made.id)), ok(db.users.by_email("eve@example.org"))}) {
    EXPECT_EQ(read.id, made.id);
    EXPECT_EQ(read.email, "eve@example.org");
    EXPECT_EQ(read.full_name, "Eve \xC3\x84");
    EXPECT_EQ(read.role, Role::user);
    EXPECT_TRUE(read.is_active);
    EXPECT_EQ(read.created_at, start + 5s);
    EXPECT_EQ(read.password_hash, "$2b$12$x");
    EXPECT_EQ(read.epoch, 0);
  }
  EXPECT_FALSE(user.full_name);
}

TEST_F(UserStoreContract, an_account_is_found_whatever_the_case_of_its_address) {
  EXPECT_EQ(ok(db.users.by_email("BOB@Example.ORG")).id, user.id);
  const User other = ok(db.users.add({.email = "j\xC3\xB6rg@example.org"}));
  EXPECT_EQ(ok(db.users.by_email("J\xC3\xB6RG@example.org")).id, other.id);
  for (const std::string_view nobody : {std::string_view("j\xC3\x96rg@example.org"), std::string_view("bob@example.org\0", 16),
                                        std::string_view("\xFF"), std::string_view()})
    EXPECT_EQ(code_of(db.users.by_email(nobody)), ErrorCode::not_found);
}

TEST_F(UserStoreContract, an_email_belongs_to_one_account) {
  EXPECT_EQ(code_of(db.users.add({.email = user.email})), ErrorCode::conflict);
  EXPECT_EQ(code_of(db.users.change(user.id, {.email = admin.email})), ErrorCode::conflict);
  EXPECT_EQ(ok(db.users.get(user.id)).email, user.email);
  EXPECT_EQ(ok(db.users.change(user.id, {.email = user.email})).email, user.email) << "one's own is no conflict";
  EXPECT_EQ(ok(db.users.list({})).total, 2);
}

TEST_F(UserStoreContract, an_unknown_user_is_not_found) {
  const UserId unknown{999'999};
  EXPECT_EQ(error_of(db.users.get(unknown)), (Error{ErrorCode::not_found, "User not found"}));
  EXPECT_EQ(code_of(db.users.by_email("nobody@example.org")), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.users.change(unknown, {})), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.users.erase(unknown)), ErrorCode::not_found);
}

TEST_F(UserStoreContract, a_change_touches_only_what_it_names) {
  const User before = ok(db.users.change(user.id, {.full_name = "Bob"}));
  EXPECT_EQ(before.full_name, "Bob");
  EXPECT_EQ(before.email, user.email);
  EXPECT_EQ(before.epoch, 0);
  const User after = ok(db.users.change(user.id, {.email = "robert@example.org", .is_active = false, .role = Role::admin}));
  EXPECT_EQ(after.email, "robert@example.org");
  EXPECT_EQ(after.full_name, "Bob");
  EXPECT_FALSE(after.is_active);
  EXPECT_EQ(after.role, Role::admin);
  EXPECT_EQ(after.password_hash, user.password_hash);
  EXPECT_EQ(ok(db.users.by_email("robert@example.org")).id, user.id);
  EXPECT_EQ(code_of(db.users.by_email(user.email)), ErrorCode::not_found);
}

TEST_F(UserStoreContract, a_name_can_be_taken_away) {
  ok(db.users.change(user.id, {.full_name = "Bob"}));
  EXPECT_EQ(ok(db.users.change(user.id, {.full_name = std::optional<std::string>()})).full_name, std::nullopt);
  EXPECT_EQ(ok(db.users.get(user.id)).full_name, std::nullopt);
}

TEST_F(UserStoreContract, a_new_password_raises_the_epoch) {
  EXPECT_EQ(ok(db.users.change(user.id, {.password_hash = "new"})).epoch, 1);
  EXPECT_EQ(ok(db.users.change(user.id, {.full_name = "Bob"})).epoch, 1);
  EXPECT_EQ(ok(db.users.change(user.id, {.password_hash = "new"})).epoch, 2);
  EXPECT_EQ(ok(db.users.get(user.id)).password_hash, "new");
}

TEST_F(UserStoreContract, switching_an_account_off_raises_the_epoch) {
  EXPECT_EQ(ok(db.users.change(user.id, {.is_active = true})).epoch, 0);
  EXPECT_EQ(ok(db.users.change(user.id, {.is_active = false})).epoch, 1);
  EXPECT_EQ(ok(db.users.change(user.id, {.is_active = false})).epoch, 1) << "it was off";
  EXPECT_EQ(ok(db.users.change(user.id, {.is_active = true})).epoch, 1);
  EXPECT_EQ(ok(db.users.change(user.id, {.password_hash = "new", .is_active = false})).epoch, 3);
  EXPECT_EQ(ok(db.users.get(user.id)).epoch, 3);
}

TEST_F(UserStoreContract, the_last_active_administrator_stays) {
  EXPECT_EQ(code_of(db.users.erase(admin.id)), ErrorCode::conflict);
  EXPECT_EQ(code_of(db.users.change(admin.id, {.role = Role::user})), ErrorCode::conflict);
  EXPECT_EQ(code_of(db.users.change(admin.id, {.is_active = false})), ErrorCode::conflict);
  EXPECT_EQ(ok(db.users.change(admin.id, {.full_name = "Ada"})).role, Role::admin);

  ok(db.users.change(user.id, {.is_active = false, .role = Role::admin}));
  EXPECT_EQ(code_of(db.users.erase(admin.id)), ErrorCode::conflict) << "an inactive administrator cannot take over";
  ok(db.users.change(user.id, {.is_active = true}));
  ok(db.users.erase(admin.id));
  EXPECT_EQ(code_of(db.users.change(user.id, {.role = Role::user})), ErrorCode::conflict);
}

TEST_F(UserStoreContract, an_inactive_administrator_may_go) {
  ok(db.users.change(user.id, {.is_active = false, .role = Role::admin}));
  ok(db.users.change(user.id, {.role = Role::user}));
  ok(db.users.erase(user.id));
  EXPECT_EQ(ok(db.users.list({})).total, 1);
}

TEST_F(UserStoreContract, two_administrators_cannot_remove_each_other_at_once) {
  ok(db.users.change(user.id, {.role = Role::admin}));
  std::vector<boost::asio::awaitable<Result<void>>> at_once;
  at_once.push_back(db.users.erase(admin.id));
  at_once.push_back(db.users.erase(user.id));
  int erased = 0;
  for (const auto& answer : run_all(std::move(at_once))) erased += answer.has_value();
  EXPECT_EQ(erased, 1);
}

TEST_F(UserStoreContract, deleting_a_user_cancels_unfinished_jobs_and_leaves_all_without_an_owner) {
  const JobId completed = job_in(JobStatus::completed);
  const JobId failed = job_in(JobStatus::failed);
  const ClaimedJob processing = running();
  const JobId queued = submit(job());
  NewJob others = job();
  others.owner = admin.id;
  const JobId untouched = submit(others);
  db.clock.advance(5s);

  ok(db.users.erase(user.id));
  const EndedOrphans ended = ok(db.jobs.end_orphans(100));
  EXPECT_EQ(std::set(ended.jobs.begin(), ended.jobs.end()), (std::set{processing.id, queued}));
  EXPECT_EQ(ended.attempts_cancelled, 1);
  const std::pair<JobId, JobStatus> expected[] = {{completed, JobStatus::completed},
                                                  {failed, JobStatus::failed},
                                                  {processing.id, JobStatus::cancelled},
                                                  {queued, JobStatus::cancelled}};
  for (const auto& [id, status] : expected) {
    EXPECT_EQ(get(id).status, status);
    EXPECT_FALSE(get(id).owner);
  }
  EXPECT_EQ(get(queued).completed_at, start + 5s);
  EXPECT_EQ(ok(db.reader.attempts(processing.id)).at(0).outcome, AttemptOutcome::cancelled);
  EXPECT_EQ(get(untouched).status, JobStatus::queued);
  EXPECT_EQ(get(untouched).owner, admin.id);
  EXPECT_EQ(code_of(db.jobs.finish(success(processing))), ErrorCode::conflict);

  EXPECT_EQ(ok(db.reader.counts({})), (JobCounts{1, 0, 1, 1, 2}));
  EXPECT_EQ(ok(db.reader.counts(user.id)), JobCounts{});
  EXPECT_EQ(ok(db.reader.list({.owner = user.id}, {})).total, 0);
  EXPECT_EQ(ok(db.reader.list({}, {})).total, 5);
}

TEST_F(UserStoreContract, the_id_of_a_deleted_user_is_not_given_again) {
  ok(db.users.erase(user.id));
  const User next = ok(db.users.add({.email = user.email}));
  EXPECT_GT(next.id, user.id);
}

TEST_F(UserStoreContract, users_are_listed_by_rising_id_in_pages) {
  for (int i = 0; i < 8; ++i) ok(db.users.add({.email = "user" + std::to_string(i) + "@example.org"}));
  const UserPage all = ok(db.users.list({.limit = 100}));
  ASSERT_EQ(all.items.size(), 10u);
  EXPECT_EQ(all.items[0].id, admin.id);
  EXPECT_TRUE(std::ranges::is_sorted(all.items, {}, &User::id));
  const UserPage page = ok(db.users.list({.skip = 4, .limit = 3}));
  EXPECT_EQ(page.total, 10);
  ASSERT_EQ(page.items.size(), 3u);
  EXPECT_EQ(page.items[0].id, all.items[4].id);
  EXPECT_TRUE(ok(db.users.list({.skip = 10})).items.empty());
  EXPECT_TRUE(ok(db.users.list({.limit = 0})).items.empty());
}

TEST_F(UserStoreContract, active_users_are_counted) {
  EXPECT_EQ(ok(db.users.count_active()), 2);
  ok(db.users.change(user.id, {.is_active = false}));
  EXPECT_EQ(ok(db.users.count_active()), 1);
  ok(db.users.change(user.id, {.is_active = true}));
  EXPECT_EQ(ok(db.users.count_active()), 2);
  ok(db.users.erase(user.id));
  EXPECT_EQ(ok(db.users.count_active()), 1);
}

// API keys.

TEST_F(UserStoreContract, a_key_is_found_by_its_secret) {
  db.clock.advance(5s);
  const ApiKey made = ok(db.keys.add(key_of(user, 1)));
  const ApiKey found = ok(db.keys.by_secret(secret(1)));
  for (const ApiKey& key : {made, found}) {
    EXPECT_EQ(key.id, made.id);
    EXPECT_EQ(key.name, "laptop");
    EXPECT_EQ(key.owner, user.id);
    EXPECT_EQ(key.scopes, (std::vector{Scope::read, Scope::submit}));
    EXPECT_EQ(key.prefix, "orc_1234");
    EXPECT_EQ(key.created_at, start + 5s);
  }
  EXPECT_EQ(code_of(db.keys.by_secret(secret(2))), ErrorCode::not_found);
}

TEST_F(UserStoreContract, every_set_of_scopes_is_kept) {
  std::uint8_t n = 10;
  for (const std::vector<Scope>& scopes : {std::vector{Scope::read}, {Scope::worker}, {Scope::submit, Scope::admin}, {}}) {
    NewApiKey given = key_of(user, ++n);
    given.scopes = scopes;
    ok(db.keys.add(given));
    EXPECT_EQ(ok(db.keys.by_secret(secret(n))).scopes, scopes);
  }
}

TEST_F(UserStoreContract, a_secret_belongs_to_one_key) {
  ok(db.keys.add(key_of(user, 1)));
  EXPECT_EQ(code_of(db.keys.add(key_of(admin, 1))), ErrorCode::conflict);
}

TEST_F(UserStoreContract, a_key_needs_an_owner) {
  User nobody = user;
  nobody.id = UserId{999'999};
  EXPECT_EQ(code_of(db.keys.add(key_of(nobody, 1))), ErrorCode::not_found);
}

TEST_F(UserStoreContract, keys_are_listed_for_their_owner_by_rising_id) {
  const ApiKey first = ok(db.keys.add(key_of(user, 1)));
  ok(db.keys.add(key_of(admin, 2)));
  const ApiKey second = ok(db.keys.add(key_of(user, 3)));
  const auto keys = ok(db.keys.list(user.id));
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].id, first.id);
  EXPECT_EQ(keys[1].id, second.id);
}

TEST_F(UserStoreContract, only_its_owner_erases_a_key) {
  const ApiKey key = ok(db.keys.add(key_of(user, 1)));
  EXPECT_EQ(code_of(db.keys.erase(admin.id, key.id)), ErrorCode::not_found);
  ok(db.keys.by_secret(secret(1)));
  ok(db.keys.erase(user.id, key.id));
  EXPECT_EQ(code_of(db.keys.by_secret(secret(1))), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.keys.erase(user.id, key.id)), ErrorCode::not_found);
}

TEST_F(UserStoreContract, keys_go_with_their_owner) {
  ok(db.keys.add(key_of(user, 1)));
  ok(db.keys.by_secret(secret(1)));
  ok(db.users.erase(user.id));
  EXPECT_EQ(code_of(db.keys.by_secret(secret(1))), ErrorCode::not_found);
}

}  // namespace orc
