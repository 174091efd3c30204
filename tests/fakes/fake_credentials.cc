#include "tests/fakes/fake_credentials.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <vector>

namespace orc {
namespace {

std::unexpected<Error> too_many() { return fail(ErrorCode::resource_exhausted, "too many passwords wait to be checked"); }

std::unexpected<Error> not_ours() { return fail(ErrorCode::unauthenticated, "not a token of ours"); }

// The numbers of "token:1:2:3".
std::vector<std::int64_t> numbers_of(std::string_view token) {
  std::vector<std::int64_t> numbers;
  while (token.contains(':')) {
    token.remove_prefix(token.find(':') + 1);
    std::int64_t number = -1;
    std::from_chars(token.data(), token.data() + token.size(), number);
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

Async<std::string> FakePasswordHasher::hash(std::string password) {
  co_await boost::asio::post(boost::asio::use_awaitable);
  if (too_many_wait) co_return too_many();
  co_return "hash of " + password;
}

Async<bool> FakePasswordHasher::verify(std::string password, std::optional<std::string> hash) {
  co_await boost::asio::post(boost::asio::use_awaitable);
  if (too_many_wait) co_return too_many();
  ++verified;
  co_return hash == "hash of " + password;
}

std::string FakeTokenSigner::sign(const TokenClaims& claims) {
  return "token:" + std::to_string(std::to_underlying(claims.user)) + ":" + std::to_string(claims.expires_at.time_since_epoch().count()) +
         ":" + std::to_string(claims.epoch) + ":" + std::to_string(std::to_underlying(claims.use));
}

Result<TokenClaims> FakeTokenSigner::verify(std::string_view token, Timestamp now) {
  if (!token.starts_with("token:")) return not_ours();
  const auto numbers = numbers_of(token);
  if (numbers.size() != 4) return not_ours();
  const TokenClaims claims{.user = UserId{numbers[0]},
                           .use = static_cast<TokenUse>(numbers[3]),
                           .expires_at = std::chrono::sys_seconds{std::chrono::seconds{numbers[1]}},
                           .epoch = numbers[2]};
  if (claims.expires_at <= now) return fail(ErrorCode::unauthenticated, "the token has expired");
  return claims;
}

ContentHash FakeDigest::sha256(std::string_view bytes) {
  ContentHash hash;
  std::uint64_t state = 0xcbf29ce484222325;  // FNV-1a, 64 bits
  const auto take = [&state](std::uint8_t byte) { state = (state ^ byte) * 0x100000001b3; };
  for (const char byte : bytes) take(static_cast<std::uint8_t>(byte));
  for (std::uint8_t& byte : hash.bytes) {
    take(0x5a);
    byte = static_cast<std::uint8_t>(state >> 32);
  }
  return hash;
}

}  // namespace orc
