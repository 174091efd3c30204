#include "adapters/crypto/bcrypt_password_hasher.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <string>

#include "tests/contract/run_async.h"

namespace orc {
namespace {

constexpr int quick_cost = 4;

TEST(BcryptPasswordHasher, a_password_verifies_against_its_hash_only) {
  BcryptPasswordHasher hasher(quick_cost);
  const auto hash = run(hasher.hash("correct horse"));
  ASSERT_TRUE(hash);
  EXPECT_EQ(run(hasher.verify("correct horse", *hash)), true);
  EXPECT_EQ(run(hasher.verify("Correct horse", *hash)), false);
}

TEST(BcryptPasswordHasher, nobody_has_no_password) {
  BcryptPasswordHasher hasher(quick_cost);
  EXPECT_EQ(run(hasher.verify("correct horse", std::nullopt)), false);
}

TEST(BcryptPasswordHasher, passwords_that_cannot_be_are_refused) {
  BcryptPasswordHasher hasher(quick_cost);
  for (const auto& password : {std::string(1025, 'x'), std::string("with\0nul", 8)}) {
    const auto hash = run(hasher.hash(password));
    ASSERT_FALSE(hash);
    EXPECT_EQ(hash.error().code, ErrorCode::invalid_argument);
    const auto known = run(hasher.hash("something else"));
    ASSERT_TRUE(known);
    EXPECT_EQ(run(hasher.verify(password, *known)), false);
  }
}

TEST(BcryptPasswordHasher, too_many_at_once_are_refused_at_once_and_the_others_answered) {
  boost::asio::io_context loop;  // outlives the pool, which resumes on it
  BcryptPasswordHasher hasher(quick_cost + 4);
  int answered = 0;
  int refused = 0;
  constexpr int asked = 60;
  for (int i = 0; i < asked; ++i)
    boost::asio::co_spawn(loop, hasher.verify("correct horse", std::nullopt), [&](std::exception_ptr, Result<bool> right) {
      if (right) {
        EXPECT_FALSE(*right);
        ++answered;
      } else {
        EXPECT_EQ(right.error().code, ErrorCode::resource_exhausted);
        ++refused;
      }
    });
  loop.run();
  EXPECT_EQ(answered + refused, asked);
  EXPECT_GE(answered, 34);  // two run, 32 wait
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace orc
