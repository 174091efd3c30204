#include "adapters/crypto/jwt_token_signer.h"

#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <string>
#include <vector>

#include "adapters/crypto/base64.h"
#include "adapters/json/json_document.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr std::string_view key = "0123456789abcdef0123456789abcdef";
constexpr std::string_view good_header = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view good_payload = R"({"sub":"42","exp":2000000000})";
constexpr Timestamp now{1'900'000'000'000ms};

class CountingRandom final : public RandomSource {
 public:
  double dice() override { return 0; }
  std::string token(std::size_t bytes) override { return std::string(2 * bytes - 1, '0') + std::to_string(count_++ % 10); }

 private:
  int count_ = 0;
};

std::string hmac(const EVP_MD* digest, std::string_view secret, std::string_view text) {
  unsigned char tag[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(digest, secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), tag,
       &size);
  return {reinterpret_cast<const char*>(tag), size};
}

// A token put together by hand: signed rightly with the key, whatever it says.
std::string forge(std::string_view header, std::string_view payload, std::string_view secret = key, const EVP_MD* digest = EVP_sha256()) {
  const std::string text = base64url(header) + "." + base64url(payload);
  return text + "." + base64url(hmac(digest, secret, text));
}

class JwtTokenSignerTest : public testing::Test {
 protected:
  void expect_refused(std::string_view token, std::string_view why) {
    const auto claims = signer_.verify(token, now);
    ASSERT_FALSE(claims) << why << ": " << token.substr(0, 200);
    EXPECT_EQ(claims.error().code, ErrorCode::unauthenticated) << why;
  }

  CountingRandom random_;
  JwtTokenSigner signer_{key, random_};
};

TEST_F(JwtTokenSignerTest, a_token_says_what_was_signed) {
  const TokenClaims claims{.user = UserId{7},
                           .expires_at = std::chrono::sys_seconds{2'000'000'000s},
                           .issued_at = std::chrono::sys_seconds{1'899'999'999s},
                           .epoch = 3};
  const auto token = signer_.sign(claims);
  const auto read = signer_.verify(token, now);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->user, claims.user);
  EXPECT_EQ(read->expires_at, claims.expires_at);
  EXPECT_EQ(read->issued_at, claims.issued_at);
  EXPECT_EQ(read->epoch, 3);
  EXPECT_NE(token, signer_.sign(claims)) << "each token has its own jti";
}

TEST_F(JwtTokenSignerTest, a_token_for_a_registry_alone_says_so) {
  const TokenClaims claims{
      .user = UserId{7}, .use = TokenUse::plugin_registry, .expires_at = std::chrono::sys_seconds{2'000'000'000s}, .issued_at = {}};
  const auto read = signer_.verify(signer_.sign(claims), now);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->use, TokenUse::plugin_registry);
  EXPECT_TRUE(signer_.verify(forge(good_header, R"({"sub":"42","exp":2000000000,"aud":"orc-plugin-registry"})"), now));
}

TEST_F(JwtTokenSignerTest, a_token_of_pyjwt_with_sub_and_exp_only_counts_as_epoch_0) {
  const auto claims = signer_.verify(
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsImV4cCI6NDEwMjQ0NDgwMH0.7GrKUZjliXYosxMBXsc935Sne4Kw3SLLbogsevmU5DU", now);
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(claims->user, UserId{42});
  EXPECT_EQ(claims->epoch, 0);
  EXPECT_FALSE(claims->issued_at);
}

TEST_F(JwtTokenSignerTest, only_hs256_and_typ_may_stand_in_the_header) {
  for (const auto* header :
       {R"({"alg":"HS256"})", R"({"typ":"JWT","alg":"HS256"})", R"({"alg":"HS256","typ":"jwt"})", R"({ "alg" : "HS256" })"})
    EXPECT_TRUE(signer_.verify(forge(header, good_payload), now)) << header;
  for (const auto* header : {R"({"alg":"none"})",
                             R"({"alg":"None"})",
                             R"({"alg":"nOnE"})",
                             R"({"alg":""})",
                             R"({"typ":"JWT"})",
                             R"({})",
                             R"({"alg":["HS256"]})",
                             R"({"alg":null})",
                             R"({"alg":"hs256"})",
                             R"({"alg":"HS384"})",
                             R"({"alg":"HS512"})",
                             R"({"alg":"RS256"})",
                             R"({"alg":"ES256"})",
                             R"({"alg":"HS256","alg":"HS256"})",
                             R"({"alg":"none","alg":"HS256"})",
                             R"({"alg":"HS256 "})",
                             R"({"alg":"HS256","crit":["exp"]})",
                             R"({"alg":"HS256","crit":[]})",
                             R"({"alg":"HS256","kid":"../../dev/null"})",
                             R"({"alg":"HS256","kid":"' OR 1=1 --"})",
                             R"({"alg":"HS256","jku":"http://127.0.0.1:1/k"})",
                             R"({"alg":"HS256","x5u":"http://127.0.0.1:1/k"})",
                             R"({"alg":"HS256","jwk":{"kty":"oct","k":"AA"}})",
                             R"({"alg":"HS256","zip":"DEF"})",
                             R"({"alg":"HS256","typ":"JWE"})",
                             R"({"alg":"HS256","typ":1})",
                             R"(["HS256"])",
                             R"("HS256")",
                             R"({"alg":"HS256"}x)",
                             R"({"alg":"HS256")",
                             ""})
    expect_refused(forge(header, good_payload), header);
}

TEST_F(JwtTokenSignerTest, a_token_without_its_right_signature_is_refused) {
  const std::string good = forge(good_header, good_payload);
  ASSERT_TRUE(signer_.verify(good, now));
  const std::string text = good.substr(0, good.rfind('.'));
  expect_refused(text + ".", "empty signature");
  expect_refused(text, "no signature");
  for (const auto* secret : {"secret", "0", "your-secret-key-change-in-production", "0123456789abcdef0123456789abcdeF"})
    expect_refused(forge(good_header, good_payload, secret), "another key");
  expect_refused(forge(good_header, good_payload, ""), "no key");
  expect_refused(forge(good_header, good_payload, key, EVP_sha384()), "another digest");
  expect_refused(forge(good_header, good_payload, key, EVP_sha512()), "another digest");
  expect_refused(text + "." + base64url(hmac(EVP_sha256(), key, text).substr(0, 16)), "half a signature");
  expect_refused(text + "." + base64url(hmac(EVP_sha256(), key, text) + "x"), "a longer signature");
  const std::string other = base64url(good_header) + "." + base64url(R"({"sub":"1","exp":2000000000})");
  expect_refused(other + good.substr(good.rfind('.')), "somebody else's signature");
}

TEST_F(JwtTokenSignerTest, any_changed_character_is_refused) {
  const std::string good = forge(good_header, good_payload);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    expect_refused(changed, "character " + std::to_string(i));
  }
}

TEST_F(JwtTokenSignerTest, only_three_parts_of_canonical_base64url_are_a_token) {
  const std::string good = forge(good_header, good_payload);
  const auto first = good.find('.');
  const auto second = good.rfind('.');
  for (const auto& token :
       {""s, "."s, ".."s, "..."s, "a.b.c"s, good + ".", "." + good, good + ".x", good + "=", good + " ", " " + good, good + "\n",
        good.substr(0, second) + "=." + good.substr(second + 1), good.substr(0, first) + "=" + good.substr(first), good.substr(0, first),
        good.substr(0, second), std::string(65'536, 'a'), good + std::string(65'536, 'A'),
        R"({"payload":"e30","protected":"e30","signature":"AA"})"s})
    expect_refused(token, "shape");
  // The last character of 32 bytes carries two bits that must be 0: three other spellings of the same signature.
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto last = digits.find(good.back());
  for (std::size_t spare = 1; spare < 4; ++spare) {
    std::string other = good;
    other.back() = digits[last | spare];
    if (other != good) expect_refused(other, "non-canonical last character");
  }
  std::string plain = good;
  for (char& c : plain) c = c == '-' ? '+' : c == '_' ? '/' : c;
  if (plain != good) expect_refused(plain, "the alphabet of plain base64");
}

TEST_F(JwtTokenSignerTest, time_claims_are_integers_and_honoured) {
  for (const auto* payload : {R"({"sub":"42","exp":1900000001})", R"({"sub":"42","exp":2000000000.0})", R"({"sub":"42","exp":2e9})",
                              R"({"sub":"42","exp":2000000000,"nbf":1900000000})", R"({"sub":"42","exp":2000000000,"nbf":1900000005})",
                              R"({"sub":"42","exp":2000000000,"role":"admin","x":[1,{"y":null}]})", R"({"sub":"42","exp":253402300799})"})
    EXPECT_TRUE(signer_.verify(forge(good_header, payload), now)) << payload;
  for (const auto* payload : {R"({"sub":"42"})",
                              R"({"sub":"42","exp":null})",
                              R"({"sub":"42","exp":"2000000000"})",
                              R"({"sub":"42","exp":1900000000})",
                              R"({"sub":"42","exp":1})",
                              R"({"sub":"42","exp":-1})",
                              R"({"sub":"42","exp":1e308})",
                              R"({"sub":"42","exp":18446744073709551616})",
                              R"({"sub":"42","exp":9223372036854775807})",
                              R"({"sub":"42","exp":2000000000.5})",
                              R"({"sub":"42","exp":[2000000000]})",
                              R"({"sub":"42","exp":true})",
                              R"({"sub":"42","exp":NaN})",
                              R"({"sub":"42","exp":2000000000,"nbf":1900086400})",
                              R"({"sub":"42","exp":2000000000,"nbf":1900000006})",
                              R"({"sub":"42","exp":2000000000,"nbf":"0"})",
                              R"({"sub":"42","exp":2000000000,"nbf":null})",
                              R"({"sub":"42","exp":2000000000,"iat":"now"})",
                              R"({"sub":"42","exp":1,"exp":2000000000})",
                              R"({"sub":"42","exp":2000000000,"exp":2000000000})",
                              R"({"sub":"1","sub":"42","exp":2000000000})",
                              R"({"sub":"42","s\u0075b":"42","exp":2000000000})",
                              R"({"sub":"42","exp":2000000000,"aud":"other"})",
                              R"({"sub":"42","exp":2000000000,"aud":["orc-plugin-registry"]})",
                              R"({"sub":"42","exp":2000000000,"aud":""})",
                              R"({"sub":"42","exp":2000000000,"ep":"0"})",
                              R"({"sub":"42","exp":2000000000,"ep":-1})"})
    expect_refused(forge(good_header, payload), payload);
}

TEST_F(JwtTokenSignerTest, the_subject_is_a_positive_number_in_its_one_spelling) {
  EXPECT_TRUE(signer_.verify(forge(good_header, R"({"sub":"9223372036854775807","exp":2000000000})"), now));
  for (const auto* subject : {"42",
                              "null",
                              "42.0",
                              "[\"42\"]",
                              "true",
                              "{}",
                              R"("")",
                              R"("0")",
                              R"("-1")",
                              R"("+1")",
                              R"("01")",
                              R"(" 1")",
                              R"("1 ")",
                              R"("1.0")",
                              R"("1e3")",
                              R"("0x1")",
                              R"("1 OR 1=1")",
                              R"("9223372036854775808")",
                              R"("99999999999999999999")",
                              R"("1\u0000")",
                              R"("４２")",
                              R"("admin")"})
    expect_refused(forge(good_header, R"({"exp":2000000000,"sub":)"s + subject + "}"), subject);
  expect_refused(forge(good_header, R"({"exp":2000000000})"), "no sub");
}

TEST_F(JwtTokenSignerTest, what_is_no_object_of_claims_is_refused) {
  for (const auto* payload :
       {"", "42", "null", "[]", "\"42\"", "{", "{}x", "\xef\xbb\xbf{}", "{\"sub\":\"42\",\"exp\":2000000000,}", "\xff"})
    expect_refused(forge(good_header, payload), payload);
  expect_refused(forge(good_header, R"({"sub":"42","exp":2000000000,"x":)" + std::string(500, '[') + std::string(500, ']') + "}"), "deep");
}

}  // namespace
}  // namespace orc
