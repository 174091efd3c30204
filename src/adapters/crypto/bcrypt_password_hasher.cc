#include "adapters/crypto/bcrypt_password_hasher.h"

#include <openssl/crypto.h>

#include "adapters/crypto/bcrypt_hash.h"
#include "domain/user/user.h"

namespace orc {
namespace {

// Wipes a password when the work on it ends.
class Wiped {
 public:
  explicit Wiped(std::string& secret) : secret_(secret) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { OPENSSL_cleanse(secret_.data(), secret_.size()); }

 private:
  std::string& secret_;
};

}  // namespace

BcryptPasswordHasher::BcryptPasswordHasher(int cost)
    : cost_(cost), nobodys_hash_(unmatchable_bcrypt_hash(cost)), pool_("password checks", pool_size) {}

Async<std::string> BcryptPasswordHasher::hash(std::string password) {
  const Wiped wiped(password);
  if (password.size() > password_bytes_max || password.contains('\0'))
    co_return fail(ErrorCode::invalid_argument, "a password has at most 1024 bytes and no NUL");
  auto work = [this, &password]() -> Result<std::string> { return make_bcrypt_hash(password, cost_); };
  co_return co_await pool_.run(work);
}

Async<bool> BcryptPasswordHasher::verify(std::string password, std::optional<std::string> hash) {
  const Wiped wiped(password);
  // Nobody has a password that long, but finding out must take as long as any other.
  const bool can_match = hash && password.size() <= password_bytes_max;
  const std::string against = can_match ? *hash : nobodys_hash_;
  auto work = [&password, &against, can_match]() -> Result<bool> { return matches_bcrypt_hash(password, against) && can_match; };
  co_return co_await pool_.run(work);
}

}  // namespace orc
