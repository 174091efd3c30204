#pragma once

#include "adapters/system/work_pool.h"
#include "ports/credentials.h"

namespace orc {

// BcryptPasswordHasher hashes with bcrypt (bcrypt_hash.h tells the forms) on two threads of its own, with at most 32 passwords waiting:
// more threads would take the cores from the jobs, more waiting would be answered too late. Thread-safe. Must end before the io_context.
class BcryptPasswordHasher final : public PasswordHasher {
 public:
  static constexpr int cost_usual = 12;  // contract section 1
  static constexpr WorkPoolSize pool_size{.threads = 2, .waiting_max = 32};

  // `cost` of new hashes, 4 to 31, and of the work for nobody; each hash is verified by its own. Below 10 only in tests.
  explicit BcryptPasswordHasher(int cost);

  // Errors also: invalid_argument for a NUL or more than password_bytes_max, which domain/user/user.h refuses before.
  Async<std::string> hash(std::string password) override;
  Async<bool> verify(std::string password, std::optional<std::string> hash) override;

 private:
  const int cost_;
  const std::string nobodys_hash_;
  WorkPool pool_;
};

}  // namespace orc
