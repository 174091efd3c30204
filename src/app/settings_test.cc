#include "app/settings.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(Settings, defaults_are_good_and_those_of_the_contract) {
  const auto settings = validate({.data_dir = "d"});
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->listen, (ListenAddress{.host = "127.0.0.1", .port = 5900}));
  EXPECT_EQ(settings->registry_listen, (ListenAddress{.host = "127.0.0.1", .port = 5901}));
  EXPECT_EQ(settings->registration, Registration::open);
  EXPECT_EQ(settings->retention.jobs, std::chrono::days{30});
  EXPECT_EQ(settings->token_lifetime, std::chrono::hours{1});
  EXPECT_GE(settings->workers, 1);
  EXPECT_EQ(settings->database, "d/orc.db");
}

TEST(Settings, a_bad_value_is_refused_by_a_sentence_that_names_the_setting) {
  struct Case {
    std::string name;
    RawSettings raw;
  };
  const Case cases[] = {
      {"--listen", {.listen = "5900"}},
      {"--listen", {.listen = "127.0.0.1:65536"}},
      {"--listen", {.listen = "::1:5900"}},
      {"--registry-listen", {.registry_listen = ":x"}},
      {"--grpc-listen", {.grpc_listen = "nowhere"}},
      {"--roles", {.roles = "api,cook"}},
      {"--workers", {.workers = "0"}},
      {"--workers", {.workers = "two"}},
      {"--registration", {.registration = "maybe"}},
      {"--isolation", {.isolation = "none"}},
      {"--runtime", {.runtime = "docker"}},
      {"--sandbox-uids", {.sandbox_uids = "0-10"}},
      {"--retain-jobs", {.retain_jobs = "a week"}},
      {"--stop-seconds", {.stop_seconds = "-1"}},
      {"LOG_LEVEL", {.log_level = "loud"}},
      {"ALGORITHM", {.algorithm = "none"}},
      {"ACCESS_TOKEN_EXPIRE_MINUTES", {.token_minutes = "0"}},
      {"DATABASE_URL", {.database_url = "postgresql://u:hunter2@h/db"}},
      {"DATABASE_URL", {.database_url = "mysql://u:hunter2@h/db"}},
      {"RABBITMQ_URL", {.rabbitmq_url = "amqp://u:hunter2@h/"}},
  };
  for (const auto& c : cases) {
    const auto settings = validate(c.raw);
    ASSERT_FALSE(settings) << c.name;
    EXPECT_EQ(settings.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(settings.error().message.contains(c.name)) << settings.error().message;
    EXPECT_FALSE(settings.error().message.contains("hunter2")) << settings.error().message;
  }
}

TEST(Settings, an_open_port_needs_words_and_closes_registration) {
  EXPECT_FALSE(validate({.listen = "0.0.0.0:5900"}));
  const auto open = validate({.listen = "0.0.0.0:5900", .insecure_open = true});
  ASSERT_TRUE(open) << open.error().message;
  EXPECT_EQ(open->registration, Registration::closed);
}

TEST(Settings, off_turns_a_listener_off) {
  const auto settings = validate({.listen = "off", .registry_listen = "off"});
  ASSERT_TRUE(settings);
  EXPECT_FALSE(settings->listen || settings->registry_listen);
}

}  // namespace
}  // namespace orc
