#include "domain/user/user.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace orc {
namespace {

TEST(Email, has_one_spelling) {
  const std::pair<std::string_view, std::string_view> cases[] = {{"ada@example.org", "ada@example.org"},
                                                                 {"  Ada@Example.ORG ", "ada@example.org"},
                                                                 {"a.b+tag@sub.example.org", "a.b+tag@sub.example.org"},
                                                                 {"o'neil@example.org", "o'neil@example.org"},
                                                                 {"\xC3\xA4@b\xC3\xBC.example", "\xC3\xA4@b\xC3\xBC.example"}};
  for (const auto& [typed, expected] : cases) EXPECT_EQ(normalise_email(typed), std::string(expected)) << typed;
}

TEST(Email, what_is_no_address_is_refused) {
  const std::string cases[] = {"",
                               " ",
                               "ada",
                               "@example.org",
                               "ada@",
                               "ada@example",
                               "ada@@example.org",
                               "a@b@example.org",
                               "a b@example.org",
                               "ada@exam ple.org",
                               "ada@example.org\n",
                               "a\0@example.org",
                               ".ada@example.org",
                               "ada.@example.org",
                               "a..b@example.org",
                               "ada@.example.org",
                               "ada@example.org.",
                               "ada@example..org",
                               "ada@exa_mple.org",
                               "<ada@example.org>",
                               "a,b@example.org",
                               std::string("a\0b@example.org", 15),
                               std::string(65, 'a') + "@example.org",
                               "a@" + std::string(250, 'b') + ".org"};
  for (const std::string& text : cases) {
    const auto email = normalise_email(text);
    ASSERT_FALSE(email) << text;
    EXPECT_EQ(email.error().code, ErrorCode::invalid_argument);
  }
}

TEST(Email, may_have_254_bytes_and_no_more) {
  const std::string local = std::string(64, 'a') + "@";
  const std::string longest = local + std::string(254 - local.size() - 4, 'b') + ".org";
  ASSERT_EQ(longest.size(), 254u);
  EXPECT_TRUE(normalise_email(longest));
  EXPECT_FALSE(normalise_email(local + "b" + longest.substr(local.size())));
}

RC_GTEST_PROP(Email, normalising_twice_changes_nothing, (const std::string& text)) {
  const auto once = normalise_email(text + "@example.org");
  if (once) RC_ASSERT(normalise_email(*once).value() == *once);
}

RC_GTEST_PROP(Email, what_passes_has_no_space_and_no_control_character, (const std::string& text)) {
  const auto email = normalise_email(text);
  if (email) RC_ASSERT(std::ranges::none_of(*email, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }));
}

TEST(Password, has_8_characters_to_1024_bytes) {
  const std::pair<std::string, bool> cases[] = {
      {"", false},
      {"1234567", false},
      {"12345678", true},
      {"        ", true},
      {"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", false},                                 // 4 characters in 8 bytes
      {"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", true},  // 8 characters
      {"\xF0\x9F\x98\x80\xF0\x9F\x98\x80", false},                                 // 2 characters
      {std::string(1024, 'x'), true},
      {std::string(1025, 'x'), false},
      {std::string("1234\0005678", 9), false},
  };
  for (const auto& [password, good] : cases) EXPECT_EQ(check_password(password).has_value(), good) << password.substr(0, 20);
}

TEST(Password, is_never_quoted_by_its_refusal) {
  for (const std::string& secret : {std::string("s3cret"), std::string(2000, 's'), std::string("s3cret\0s3cret", 13)}) {
    const auto refused = check_password(secret);
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().message.contains(secret.substr(0, 6)));
  }
}

TEST(Words, of_roles_and_scopes_go_both_ways) {
  for (const Role role : {Role::user, Role::admin}) EXPECT_EQ(role_from_word(to_word(role)), role);
  for (const Scope scope : {Scope::read, Scope::submit, Scope::admin, Scope::worker}) EXPECT_EQ(scope_from_word(to_word(scope)), scope);
  for (const std::string_view word : {"", "Admin", "root"}) {
    EXPECT_FALSE(role_from_word(word));
    EXPECT_FALSE(scope_from_word(word));
  }
}

TEST(Principal, is_an_administrator_only_by_role_and_scope_together) {
  const std::tuple<Role, std::vector<Scope>, bool> cases[] = {{Role::admin, {Scope::admin}, true},
                                                              {Role::admin, {Scope::read, Scope::submit}, false},
                                                              {Role::user, {Scope::admin}, false},
                                                              {Role::admin, {}, false}};
  for (const auto& [role, scopes, expected] : cases) EXPECT_EQ((Principal{.role = role, .scopes = scopes}.is_admin()), expected);
  EXPECT_TRUE((Principal{.role = Role::admin}.is_admin())) << "a login has all that its role allows";
  EXPECT_FALSE(Principal{}.has(Scope::worker));
}

}  // namespace
}  // namespace orc
