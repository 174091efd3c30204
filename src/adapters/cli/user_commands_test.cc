// Who acts: accounts, logins and data directories.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "adapters/cli/client_commands_test_site.h"
#include "adapters/system/file_text.h"
#include "application/user/change_user.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

TEST_F(ClientCommandsTest, login_keeps_a_key_for_that_server_only) {
  variables_.erase("ORC_URL");
  variables_.erase("ORC_TOKEN");
  api_.answer("POST /api/v1/auth/token", 200, R"({"access_token":"jwt","token_type":"bearer"})")
      .answer("GET /api/v1/users/me", 200, R"({"email":"me@example.com","role":"admin"})")
      .answer("POST /api/v1/api-keys", 201, R"({"id":1,"api_key":"orc_key"})");
  answer_job(api_);
  EXPECT_EQ(run({"login", api_.url() + "/", "--email", "me@example.com"}, "correct horse\n"), 0) << err();
  EXPECT_FALSE(out().contains("orc_key") || err().contains("orc_key"));
  struct stat status{};
  ASSERT_EQ(::stat((folder_ / ".config/orc/credentials.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
  EXPECT_EQ(api_.seen().back().authorization, "Bearer orc_key");
  StubApi other;
  answer_job(other);
  EXPECT_EQ(run({"job", "get", "7", "--url", other.url()}), 0) << err();
  EXPECT_EQ(other.seen().back().authorization, "") << "a kept key goes to no other server";
}

TEST_F(ClientCommandsTest, the_data_directory_of_a_server_on_this_host_needs_no_login) {
  variables_.erase("ORC_URL");
  variables_.erase("ORC_TOKEN");
  fs::create_directories(folder_ / "data");
  ASSERT_TRUE(write_file(folder_ / "data/cli.json", R"({"url":")" + api_.url() + R"(","api_key":"orc_local"})", 0600));
  answer_job(api_);
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
  EXPECT_THAT(out(), testing::AllOf(testing::HasSubstr("1.25 s, 0.50 s of cpu, 2.0 MB of memory, 8 bytes in, 16 bytes out"),
                                    testing::HasSubstr("plot.png, 12 bytes")));
  EXPECT_EQ(api_.seen().back().authorization, "Bearer orc_local");
  fs::rename(folder_ / "data", folder_ / "elsewhere");
  EXPECT_EQ(run({"job", "get", "7"}), 3);
  EXPECT_EQ(run({"job", "get", "7", "--data-dir", (folder_ / "elsewhere").string()}), 0) << err();
  variables_["ORC_DATA_DIR"] = (folder_ / "elsewhere").string();
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
}

TEST_F(ClientCommandsTest, who_names_a_data_directory_acts_as_its_owner_whatever_login_is_kept) {
  variables_.erase("ORC_URL");
  variables_.erase("ORC_TOKEN");
  fs::create_directories(folder_ / ".config/orc");
  ASSERT_TRUE(write_file(folder_ / ".config/orc/credentials.json", R"({"url":")" + api_.url() + R"(","token":"somebodys"})", 0600));
  fs::create_directories(folder_ / "named");
  ASSERT_TRUE(write_file(folder_ / "named/cli.json", R"({"url":")" + api_.url() + R"(","api_key":"the_owners"})", 0600));
  answer_job(api_);
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
  EXPECT_EQ(api_.seen().back().authorization, "Bearer somebodys");
  EXPECT_EQ(run({"job", "get", "7", "--data-dir", (folder_ / "named").string()}), 0) << err();
  EXPECT_EQ(api_.seen().back().authorization, "Bearer the_owners");
}

TEST_F(ClientCommandsTest, the_secret_of_callbacks_is_printed_alone) {
  api_.answer("GET /api/v1/callback-secret", 200, R"({"secret":"whsec_abc"})");
  EXPECT_EQ(run({"user", "callback-secret"}), 0) << err();
  EXPECT_EQ(out(), "whsec_abc\n");
}

class OneUser final : public OfflineUsers {
 public:
  Result<User> add(const std::string& email, const std::string& password, const std::optional<std::string>&, Role role) override {
    EXPECT_EQ(password, "correct horse");
    return User{.id = UserId{1}, .email = email, .role = role};
  }
  Result<std::vector<User>> list() override { return std::vector{User{.id = UserId{1}, .email = "a@example.com"}}; }
  Result<User> change(const std::string& email, UserChangeRequest change) override {
    if (email != "a@example.com") return fail(ErrorCode::not_found, "User not found");
    return User{.id = UserId{1},
                .email = email,
                .full_name = change.password,
                .role = change.role.value_or(Role::user),
                .is_active = change.is_active.value_or(true)};
  }
};

TEST_F(ClientCommandsTest, accounts_of_an_older_service_are_found_as_they_are_spelled) {
  api_.answer("GET /api/v1/users?limit=1000&skip=0", 200,
              R"({"total":4,"items":[{"id":3,"email":"Ada@x.org"},{"id":4,"email":"ada@x.org"},{"id":5,"email":"root@localhost"},)"
              R"({"id":6,"email":"Bob@x.org"}]})")
      .answer("GET /api/v1/users?limit=1000&skip=1000", 200, R"({"total":4,"items":[]})");
  const std::pair<const char*, const char*> cases[] = {
      {"Ada@x.org", "3"}, {"ada@x.org", "4"}, {"ADA@x.org", "4"}, {"root@localhost", "5"}, {"bob@x.org", "6"}};
  for (const auto& [email, id] : cases) {
    api_.answer("PUT /api/v1/users/" + std::string(id), 200, R"({"id":)" + std::string(id) + R"(,"email":"x","role":"admin"})");
    EXPECT_EQ(run({"user", "role", email, "admin"}), 0) << err();
    EXPECT_EQ(out(), "user " + std::string(id) + " x (admin)\n") << email;
  }
  EXPECT_EQ(run({"user", "role", "eve@x.org", "admin"}), 5);
}

TEST_F(ClientCommandsTest, users_are_changed_on_the_data_itself_only_when_no_server_is_named_or_runs) {
  open_offline_users_ = [](const fs::path&) -> Result<std::unique_ptr<OfflineUsers>> { return std::make_unique<OneUser>(); };
  api_.answer("POST /api/v1/users", 201, R"({"id":3,"email":"b@example.com","role":"user"})")
      .answer("PUT /api/v1/users/3", 200, R"({"id":3,"email":"b@example.com","role":"admin"})");
  EXPECT_EQ(run({"user", "add", "b@example.com", "--role", "admin"}, "correct horse\n"), 0) << err();
  EXPECT_EQ(out(), "user 3 b@example.com (admin)\n");
  EXPECT_EQ(run({"user", "list", "--url", "http://127.0.0.1:1"}), 3) << "a server that was named is not replaced";
  variables_.erase("ORC_URL");
  EXPECT_EQ(run({"user", "add", "a@example.com", "--role", "admin"}, "correct horse\n"), 0) << err();
  EXPECT_EQ(out(), "user 1 a@example.com (admin)\n");
  EXPECT_EQ(run({"user", "list"}), 0);
  EXPECT_TRUE(out().contains("a@example.com"));
  EXPECT_EQ(run({"user", "role", "x@example.com", "user"}), 5);
  EXPECT_EQ(run({"user", "disable", "a@example.com"}), 0) << err();
  EXPECT_EQ(out(), "user 1 a@example.com (user, disabled)\n");
  EXPECT_EQ(run({"user", "password", "a@example.com", "--json"}, "correct horse\n"), 0) << err();
  EXPECT_TRUE(out().contains(R"("full_name":"correct horse")")) << out();
}

TEST_F(ClientCommandsTest, an_administrator_gives_a_password_and_shuts_and_opens_an_account) {
  api_.answer("GET /api/v1/users?limit=1000&skip=0", 200, R"({"total":1,"items":[{"id":3,"email":"b@example.com"}]})")
      .answer("GET /api/v1/users?limit=1000&skip=1000", 200, R"({"total":1,"items":[]})")
      .answer("PUT /api/v1/users/3", 200, R"({"id":3,"email":"b@example.com","role":"user","is_active":false})");
  const struct {
    std::vector<std::string> words;
    std::string body;
  } cases[] = {{{"user", "password", "b@example.com"}, R"({"password":"correct \"horse\""})"},
               {{"user", "disable", "b@example.com"}, R"({"is_active":false})"},
               {{"user", "enable", "b@example.com"}, R"({"is_active":true})"}};
  for (const auto& [words, body] : cases) {
    EXPECT_EQ(run(words, "correct \"horse\"\n"), 0) << err();
    EXPECT_EQ(api_.seen().back().body, body);
    EXPECT_EQ(out(), "user 3 b@example.com (user, disabled)\n");
  }
  EXPECT_EQ(run({"user", "password", "b@example.com"}, ""), 2);
}

}  // namespace
}  // namespace orc
