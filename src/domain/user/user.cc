#include "domain/user/user.h"

#include <algorithm>
#include <array>

namespace orc {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool is_address_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7F && !std::string_view("\"(),:;<>[\\]").contains(c);
}

bool is_domain(std::string_view domain) {
  if (!domain.contains('.') || domain.front() == '.' || domain.back() == '.' || domain.contains("..")) return false;
  // RFC 1123: a label starts and ends with a letter or a digit.
  if (domain.front() == '-' || domain.back() == '-' || domain.contains(".-") || domain.contains("-.")) return false;
  return std::ranges::all_of(domain, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
  });
}

}  // namespace

std::string_view to_word(Role role) {
  switch (role) {
    case Role::user:
      return "user";
    case Role::admin:
      return "admin";
  }
  return {};
}

std::optional<Role> role_from_word(std::string_view word) {
  for (const Role role : {Role::user, Role::admin})
    if (to_word(role) == word) return role;
  return {};
}

std::string_view trim_email(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::string email_in_small_letters(std::string_view text) {
  std::string email(text);
  std::ranges::transform(email, email.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return email;
}

Result<std::string> normalise_email(std::string_view text) {
  std::string email = email_in_small_letters(trim_email(text));
  const auto at = email.find('@');
  const bool good = email.size() <= email_length_max && at != std::string::npos && at > 0 && at <= 64 && email.rfind('@') == at &&
                    std::ranges::all_of(email, is_address_character) && email.front() != '.' && email[at - 1] != '.' &&
                    !std::string_view(email).substr(0, at).contains("..") && is_domain(std::string_view(email).substr(at + 1));
  if (good) return email;
  return fail(ErrorCode::invalid_argument,
              "value is not a valid email address: an address reads name@example.org and has at most 254 bytes");
}

Result<void> check_password(std::string_view password) {
  if (password.contains('\0')) return fail(ErrorCode::invalid_argument, "a password may not hold a NUL character");
  if (password.size() > password_bytes_max) return fail(ErrorCode::invalid_argument, "a password has at most 1024 bytes");
  const auto characters = std::ranges::count_if(password, [](char c) { return !is_continuation(c); });
  if (static_cast<std::size_t>(characters) < password_length_min)
    return fail(ErrorCode::invalid_argument, "a password has at least 8 characters");
  return {};
}

std::string_view to_word(Scope scope) {
  switch (scope) {
    case Scope::read:
      return "read";
    case Scope::submit:
      return "submit";
    case Scope::admin:
      return "admin";
    case Scope::worker:
      return "worker";
  }
  return {};
}

std::optional<Scope> scope_from_word(std::string_view word) {
  for (const Scope scope : {Scope::read, Scope::submit, Scope::admin, Scope::worker})
    if (to_word(scope) == word) return scope;
  return {};
}

bool Principal::has(Scope scope) const { return std::ranges::find(scopes, scope) != scopes.end(); }

}  // namespace orc
