#include "adapters/crypto/jwt_token_signer.h"

#include <algorithm>
#include <charconv>

#include "adapters/crypto/base64.h"
#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

constexpr std::string_view own_header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";  // {"alg":"HS256","typ":"JWT"}
constexpr std::size_t jti_bytes = 16;
constexpr std::string_view registry_audience = "orc-plugin-registry";
constexpr std::int64_t epoch_second_max = 253'402'300'799;  // the end of the year 9999
constexpr JsonLimits token_json{.bytes_max = JwtTokenSigner::token_bytes_max, .depth_max = 4, .nodes_max = 256};

std::unexpected<Error> refuse(std::string why) { return fail(ErrorCode::unauthenticated, "the token " + std::move(why)); }

struct TokenParts {
  std::string_view header, payload, signature;
  std::string_view signed_text;  // header and payload with the dot between
};

std::optional<TokenParts> split(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return {};
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return {};
  return TokenParts{.header = token.substr(0, first),
                    .payload = token.substr(first + 1, second - first - 1),
                    .signature = token.substr(second + 1),
                    .signed_text = token.substr(0, second)};
}

bool is_jwt_word(std::string_view word) {
  return word.size() == 3 && (word[0] == 'J' || word[0] == 'j') && (word[1] == 'W' || word[1] == 'w') && (word[2] == 'T' || word[2] == 't');
}

// Nobody but the key decides how a token is checked: a header that names another way (kid, jku, x5u, jwk, crit, zip) is refused whole.
bool is_good_header(std::string_view encoded) {
  if (encoded == own_header) return true;
  const auto text = from_base64url(encoded);
  if (!text) return false;
  const auto document = JsonDocument::parse(*text, token_json);
  if (!document || !document->root().is_object()) return false;
  bool has_algorithm = false;
  for (const auto [key, value] : document->root().members()) {
    if (key.is_string_equal_to("alg") && value.is_string_equal_to("HS256")) {
      has_algorithm = true;
    } else if (!key.is_string_equal_to("typ") || !value.is_string() || !is_jwt_word(value.string())) {
      return false;
    }
  }
  return has_algorithm;
}

// A positive int64 in its one spelling.
std::optional<UserId> read_subject(JsonValue payload) {
  const auto subject = payload.find("sub");
  if (!subject || !subject->is_string()) return {};
  const std::string text = subject->string();
  if (text.empty() || text.front() < '1' || text.front() > '9') return {};
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return UserId{id};
}

// An optional claim that is an integer of [0, max] when it is there.
Result<std::optional<std::int64_t>> read_integer(JsonValue payload, std::string_view claim, std::int64_t max) {
  const auto value = payload.find(claim);
  if (!value) return std::nullopt;
  const auto number = value->as_int64();
  if (!number || *number < 0 || *number > max) return refuse("has a bad " + std::string(claim));
  return number;
}

std::optional<std::chrono::sys_seconds> moment(std::optional<std::int64_t> seconds) {
  return seconds.transform([](std::int64_t s) { return std::chrono::sys_seconds{std::chrono::seconds{s}}; });
}

Result<TokenClaims> read_claims(JsonValue payload, Timestamp now) {
  if (!payload.is_object()) return refuse("has no claims");
  const auto user = read_subject(payload);
  if (!user) return refuse("has a bad sub");
  const auto expires = read_integer(payload, "exp", epoch_second_max);
  const auto begins = read_integer(payload, "nbf", epoch_second_max);
  const auto issued = read_integer(payload, "iat", epoch_second_max);
  const auto epoch = read_integer(payload, "ep", std::numeric_limits<std::int64_t>::max());
  for (const auto* claim : {&expires, &begins, &issued, &epoch})
    if (!*claim) return std::unexpected(claim->error());
  if (!*expires) return refuse("has no exp");
  // RFC 7519, 4.1.3: whoever an audience does not name must refuse.
  const auto audience = payload.find("aud");
  if (audience && !audience->is_string_equal_to(registry_audience)) return refuse("is meant for somebody else");

  const TokenClaims claims{.user = *user,
                           .use = audience ? TokenUse::plugin_registry : TokenUse::everything,
                           .expires_at = *moment(*expires),
                           .issued_at = moment(*issued),
                           .epoch = epoch->value_or(0)};
  if (now >= claims.expires_at) return refuse("has expired");
  if (*begins && now + JwtTokenSigner::leeway < *moment(*begins)) return refuse("is not valid yet");
  return claims;
}

}  // namespace

std::string JwtTokenSigner::sign(const TokenClaims& claims) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object();
  json.member("sub", std::to_string(std::to_underlying(claims.user)));
  json.member("exp", claims.expires_at.time_since_epoch().count());
  if (claims.issued_at) json.member("iat", claims.issued_at->time_since_epoch().count());
  json.member("jti", random_.token(jti_bytes));
  json.member("ep", claims.epoch);
  if (claims.use == TokenUse::plugin_registry) json.member("aud", registry_audience);
  json.end_object();

  std::string token(own_header);
  token += '.';
  token += base64url(payload);
  const HmacTag tag = hmac_.tag(token);
  token += '.';
  token += base64url({reinterpret_cast<const char*>(tag.data()), tag.size()});
  return token;
}

Result<TokenClaims> JwtTokenSigner::verify(std::string_view token, Timestamp now) {
  if (token.size() > token_bytes_max) return refuse("is too long");
  const auto parts = split(token);
  if (!parts || !is_good_header(parts->header)) return refuse("is no JWT signed with HS256");
  const auto signature = from_base64url(parts->signature);
  if (!signature || !hmac_.matches(parts->signed_text, *signature)) return refuse("has a wrong signature");
  const auto payload = from_base64url(parts->payload);
  if (!payload) return refuse("has a payload that is no base64url");
  const auto document = JsonDocument::parse(*payload, token_json);
  if (!document) return refuse("has a payload that is no JSON");
  return read_claims(document->root(), now);
}

}  // namespace orc
