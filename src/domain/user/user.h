#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/payload.h"
#include "domain/result.h"
#include "domain/strong_id.h"
#include "domain/time.h"

namespace orc {

inline constexpr std::size_t email_length_max = 254;      // RFC 5321, the longest address that fits a path
inline constexpr std::size_t full_name_length_max = 255;  // in bytes
inline constexpr std::size_t password_length_min = 8;     // in code points, contract section 1
inline constexpr std::size_t password_bytes_max = 1024;   // attacks.md, E2

enum class Role : std::uint8_t { user, admin };

std::string_view to_word(Role role);
std::optional<Role> role_from_word(std::string_view word);

// An account. `password_hash` never leaves the process; `epoch` rises with every new password and whenever
// the account is switched off; that ends earlier tokens for good.
struct User {
  UserId id{};
  std::string email;  // normalised, but for accounts that an older service made
  std::optional<std::string> full_name;
  Role role = Role::user;
  bool is_active = true;
  Timestamp created_at{};
  std::string password_hash;
  std::int64_t epoch = 0;
};

struct NewUser {
  std::string email;  // normalised
  std::optional<std::string> full_name;
  Role role = Role::user;
  std::string password_hash;
};

// A change to an account; empty fields stay as they are.
struct UserChange {
  std::optional<std::string> email;                     // normalised
  std::optional<std::optional<std::string>> full_name;  // the inner one empty: the account has none from now on
  std::optional<std::string> password_hash;             // raises the epoch
  std::optional<bool> is_active;                        // from true to false raises the epoch
  std::optional<Role> role;
};

// The address as somebody typed it, without spaces around it.
std::string_view trim_email(std::string_view text);

// With its ASCII letters small; others stay as they are.
std::string email_in_small_letters(std::string_view text);

// Lower-cases the address and trims spaces around it, so that one mailbox has one spelling.
// Errors: invalid_argument, if it is not local@domain with a dot in the domain, holds a control character or a space, or is too long.
Result<std::string> normalise_email(std::string_view text);

// Errors: invalid_argument, if shorter than 8 code points, longer than 1024 bytes, or with a NUL.
Result<void> check_password(std::string_view password);

// What a key may do (contract section 10).
enum class Scope : std::uint8_t { read, submit, admin, worker };

std::string_view to_word(Scope scope);
std::optional<Scope> scope_from_word(std::string_view word);

struct NewApiKey {
  std::string name;
  UserId owner{};
  std::vector<Scope> scopes;
  ContentHash secret;  // SHA-256 of the key; the key itself is shown once and not kept
  std::string prefix;  // its first characters, so that a person recognises it
};

struct ApiKey {
  ApiKeyId id{};
  std::string name;
  UserId owner{};
  std::vector<Scope> scopes;
  std::string prefix;
  Timestamp created_at{};
};

// Who is asking, as far as the credentials prove it.
struct Principal {
  UserId user{};
  Role role = Role::user;
  std::vector<Scope> scopes = {Scope::read, Scope::submit, Scope::admin};  // a login has all that its role allows

  bool has(Scope scope) const;
  bool is_admin() const { return role == Role::admin && has(Scope::admin); }
  // Whoever owns the data directory (contract section 10, cli.json): may everything, has no account.
  bool is_operator() const { return user == UserId{0}; }

  static Principal local_operator() { return {.role = Role::admin}; }
};

}  // namespace orc
