#include "adapters/crypto/callback_secrets.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

const CallbackSecrets secrets("a secret key of more than thirty-two bytes");

TEST(CallbackSecrets, each_user_and_each_key_has_another_one_and_always_the_same) {
  const std::string bobs = secrets.of(UserId{2});
  EXPECT_EQ(bobs.size(), 6 + 44u);
  EXPECT_TRUE(bobs.starts_with("whsec_"));
  EXPECT_EQ(bobs, CallbackSecrets("a secret key of more than thirty-two bytes").of(UserId{2}));
  EXPECT_NE(bobs, secrets.of(UserId{22}));
  EXPECT_NE(bobs, secrets.of(UserId{0}));
  EXPECT_NE(bobs, CallbackSecrets("another secret key of more than thirty-two bytes").of(UserId{2}));
}

TEST(CallbackSecrets, a_signature_covers_name_time_and_body) {
  const auto sign = [](std::string_view id, std::string_view time, std::string_view body) {
    return secrets.signature(UserId{2}, id, time, body);
  };
  const std::string right = sign("job_1", "1700000000", "{}");
  EXPECT_TRUE(right.starts_with("v1,"));
  EXPECT_EQ(right.size(), 3 + 44u);
  EXPECT_EQ(right, sign("job_1", "1700000000", "{}"));
  EXPECT_NE(right, sign("job_2", "1700000000", "{}"));
  EXPECT_NE(right, sign("job_1", "1700000001", "{}"));
  EXPECT_NE(right, sign("job_1", "1700000000", "{ }"));
  EXPECT_NE(right, secrets.signature(UserId{3}, "job_1", "1700000000", "{}"));
}

// Made with Python's hmac and hashlib, as docs/callbacks.md tells receivers to.
TEST(CallbackSecrets, others_compute_the_same) {
  EXPECT_EQ(secrets.of(UserId{2}), "whsec_SggJtVMk8jOpXrKtqxOeJxoLvwfnLjsP2Q2S45/eng0=");
  EXPECT_EQ(secrets.signature(UserId{2}, "job_1_1_1700000000000", "1700000001", R"({"type":"job.completed"})"),
            "v1,UOhD73sWqP9YrjWtEAzinJJzMQidW7sJuxSK+pkDOBU=");
}

}  // namespace
}  // namespace orc
