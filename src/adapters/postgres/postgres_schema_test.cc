// How a database is brought to the schema, whoever else is at it.
#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "adapters/postgres/adopted_test_database.h"

namespace orc::postgres {
namespace {

TEST(PostgresSchema, several_processes_that_start_at_once_make_it_once) {
  const std::string url = shared_server().make_empty_database();
  std::vector<std::thread> processes;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 3; ++i)
    processes.emplace_back([&] {
      SystemClock clock;
      Sha256Digest digest;
      opened += PostgresStore::open({.url = url}, clock, digest).has_value();
    });
  for (std::thread& process : processes) process.join();
  EXPECT_EQ(opened, 3);
  shared_server().drop_database(url);
}

TEST(PostgresSchema, that_of_a_newer_program_is_refused_with_a_sentence) {
  const std::string url = shared_server().make_database();
  shared_server().run_script(url, "INSERT INTO schema_migrations VALUES (99, '0099_later', now())");
  SystemClock clock;
  Sha256Digest digest;
  const auto opened = PostgresStore::open({.url = url}, clock, digest);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::conflict);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("newer orc"));
  shared_server().drop_database(url);
}

TEST(PostgresSchema, a_server_that_cannot_be_reached_is_told_of_without_the_secret) {
  SystemClock clock;
  Sha256Digest digest;
  for (const char* url :
       {"postgresql://u:hunter2@127.0.0.1:1/db", "postgresql://u:100%hunter2@127.0.0.1/db", "postgresql://u:hunter2@127.0.0.1:port/db",
        "postgresql://u@127.0.0.1/db?password=hunter2&nonsense=hunter2", "host=127.0.0.1 password=hunter2 hunter2"}) {
    const auto opened = PostgresStore::open({.url = url}, clock, digest);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::unavailable);
    EXPECT_THAT(opened.error().message, testing::Not(testing::HasSubstr("hunter2"))) << url;
  }
}

}  // namespace
}  // namespace orc::postgres
