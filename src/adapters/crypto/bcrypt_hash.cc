#include "adapters/crypto/bcrypt_hash.h"

#include <charconv>
#include <crypt.h>
#include <memory>
#include <openssl/crypto.h>
#include <optional>

#include "adapters/crypto/base64.h"
#include "adapters/crypto/hmac_sha256.h"
#include "adapters/crypto/sha256_digest.h"

namespace orc {
namespace {

constexpr std::size_t salt_size = 22;
constexpr std::size_t checksum_size = 31;
constexpr std::string_view long_prefix = "$bcrypt-sha256$";

// A hash taken apart: `setting` is "$2b$12$<salt>" whatever the form was.
struct BcryptParts {
  enum class Before : std::uint8_t { nothing, sha256, hmac } before = Before::nothing;
  std::string setting;
  std::string checksum;

  std::string_view salt() const { return std::string_view(setting).substr(setting.size() - salt_size); }
};

// The whole hash of `setting` and `password`, or nothing if libxcrypt does not know the setting.
std::optional<std::string> run_bcrypt(const std::string& password, const std::string& setting) {
  const auto memory = std::make_unique<crypt_data>();
  const char* hash = crypt_r(password.c_str(), setting.c_str(), memory.get());
  std::optional<std::string> answer;
  if (hash != nullptr && hash[0] == '$') answer = hash;
  OPENSSL_cleanse(memory.get(), sizeof(crypt_data));
  return answer;
}

std::string setting_of(int cost, std::string_view salt) {
  return std::string("$2b$") + (cost < 10 ? "0" : "") + std::to_string(cost) + "$" + std::string(salt);
}

std::optional<int> read_cost(std::string_view text) {
  int cost = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cost);
  if (error != std::errc{} || end != text.data() + text.size() || cost < 4 || cost > 31) return {};
  return cost;
}

// "$2b$12$<salt><checksum>". The three letters differ only for passwords above 255 bytes, which none of these makers ever hashed
// differently, so all are computed as $2b$; libxcrypt's own $2a$ guards against a fault that passlib never had.
std::optional<BcryptParts> read_short_form(std::string_view hash) {
  if (hash.size() != 7 + salt_size + checksum_size || !hash.starts_with("$2") || !std::string_view("aby").contains(hash[2]) ||
      hash[3] != '$' || hash[6] != '$')
    return {};
  const auto cost = read_cost(hash.substr(4, 2));
  if (!cost) return {};
  return BcryptParts{.setting = setting_of(*cost, hash.substr(7, salt_size)), .checksum = std::string(hash.substr(7 + salt_size))};
}

// "<parameters>$<salt>$<checksum>", after the prefix.
std::optional<BcryptParts> read_long_form(std::string_view rest) {
  using enum BcryptParts::Before;
  const auto dollar = rest.find('$');
  if (dollar == std::string_view::npos) return {};
  std::string_view parameters = rest.substr(0, dollar);
  rest.remove_prefix(dollar + 1);
  if (rest.size() != salt_size + 1 + checksum_size || rest[salt_size] != '$') return {};
  auto before = hmac;
  if (parameters.starts_with("v=2,t=2b,r=")) {
    parameters.remove_prefix(11);
  } else if (parameters.starts_with("2b,") || parameters.starts_with("2a,")) {
    before = sha256;
    parameters.remove_prefix(3);
  } else {
    return {};
  }
  const auto cost = read_cost(parameters);
  if (!cost) return {};
  return BcryptParts{
      .before = before, .setting = setting_of(*cost, rest.substr(0, salt_size)), .checksum = std::string(rest.substr(salt_size + 1))};
}

// What bcrypt is given in place of the password.
std::string condense(const std::string& password, const BcryptParts& parts) {
  switch (parts.before) {
    case BcryptParts::Before::nothing:
      return password;
    case BcryptParts::Before::sha256: {
      const auto hash = Sha256Digest().sha256(password);
      return base64({reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()});
    }
    case BcryptParts::Before::hmac: {
      const auto tag = HmacSha256(parts.salt()).tag(password);
      return base64({reinterpret_cast<const char*>(tag.data()), tag.size()});
    }
  }
  return {};
}

std::optional<std::string> checksum_of(const std::string& password, const BcryptParts& parts) {
  std::string condensed = condense(password, parts);
  const auto hash = run_bcrypt(condensed, parts.setting);
  OPENSSL_cleanse(condensed.data(), condensed.size());
  if (!hash || hash->size() != parts.setting.size() + checksum_size) return {};
  return hash->substr(parts.setting.size());
}

}  // namespace

Result<std::string> make_bcrypt_hash(const std::string& password, int cost) {
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  if (crypt_gensalt_rn("$2b$", static_cast<unsigned long>(cost), nullptr, 0, setting, sizeof setting) == nullptr)
    return fail(ErrorCode::internal, "libxcrypt makes no bcrypt salt");
  BcryptParts parts{.setting = setting};
  const bool is_long = password.size() > bcrypt_password_bytes_max;
  if (is_long) parts.before = BcryptParts::Before::hmac;
  const auto checksum = checksum_of(password, parts);
  if (!checksum) return fail(ErrorCode::internal, "libxcrypt makes no bcrypt hash");
  if (!is_long) return parts.setting + *checksum;
  return std::string(long_prefix) + "v=2,t=2b,r=" + std::to_string(cost) + "$" + std::string(parts.salt()) + "$" + *checksum;
}

bool matches_bcrypt_hash(const std::string& password, std::string_view hash) {
  const auto parts = hash.starts_with(long_prefix) ? read_long_form(hash.substr(long_prefix.size())) : read_short_form(hash);
  if (!parts) return false;
  const auto checksum = checksum_of(password, *parts);
  if (!checksum || password.contains('\0')) return false;
  return CRYPTO_memcmp(checksum->data(), parts->checksum.data(), checksum_size) == 0;
}

// bcrypt's checksum has 184 bits, so its last digit is one of a few; 'z' is none of them.
std::string unmatchable_bcrypt_hash(int cost) { return setting_of(cost, "abcdefghijklmnopqrstuu") + std::string(checksum_size, 'z'); }

}  // namespace orc
