// How a database is brought to the schema, whoever else is at it.
#include <atomic>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "adapters/postgres/adopted_test_database.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/embedded_sql.h"
#include "adapters/postgres/schema.h"
#include "tests/contract/older_deliberations.h"
#include "tests/fakes/silent_server.h"

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

// A database that is opened, and what the operator hears of it.
class PostgresOpening : public testing::Test {
 protected:
  ~PostgresOpening() override {
    if (!url_.empty()) shared_server().drop_database(url_);
  }

  Result<void> open(const std::string& url) {
    StoreOptions options{.url = url};
    options.opening.tell = [this](LogLevel, std::string_view event, std::string_view reason) {
      if (event == "a migration took long") return;  // how busy the machine is decides that
      told_.push_back(std::string(event) + ": " + std::string(reason));
      if (on_told_) on_told_();
    };
    options.opening.is_stopped = [this] { return is_stopped_; };
    const auto store = PostgresStore::open(options, clock_, digest_);
    if (!store) return std::unexpected(store.error());
    return {};
  }

  void hold_lock() {
    holder_.emplace(Destination{.url = url_}, catalog_, soon_);
    holder_->run_script("SELECT pg_advisory_lock(1869767473, 0)", soon_);
  }
  void let_go() { holder_->run_script("SELECT pg_advisory_unlock(1869767473, 0)", soon_); }

  SystemClock clock_;
  Sha256Digest digest_;
  const NamedSql catalog_{embedded_statements()};
  const SteadyTime soon_ = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  std::string url_;
  std::optional<Connection> holder_;
  std::vector<std::string> told_;
  std::function<void()> on_told_;
  bool is_stopped_ = false;
};

TEST_F(PostgresOpening, that_waits_for_another_process_names_it_and_goes_on_when_it_may) {
  url_ = shared_server().make_empty_database();
  hold_lock();
  on_told_ = [this] {
    if (told_.size() == 1) let_go();
  };
  ok(open(url_));
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_THAT(told_[0], testing::HasSubstr("server process " + std::to_string(holder_->backend()) + " (orc"));
  EXPECT_THAT(told_[1], testing::HasSubstr("from schema 0 to"));
}

TEST_F(PostgresOpening, that_waits_for_another_process_ends_when_it_is_stopped) {
  url_ = shared_server().make_empty_database();
  hold_lock();
  on_told_ = [this] { is_stopped_ = true; };
  EXPECT_EQ(open(url_).error().code, ErrorCode::unavailable);
  let_go();
  on_told_ = {};
  is_stopped_ = false;
  ok(open(url_));
}

TEST_F(PostgresOpening, of_a_server_that_says_nothing_ends_when_it_is_stopped) {
  const SilentServer server;
  is_stopped_ = true;
  const auto opened = open("postgresql://orc@127.0.0.1:" + std::to_string(server.port()) + "/orc");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::unavailable);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("given up"));
}

TEST_F(PostgresOpening, of_a_newer_program_that_serves_this_one_says_so_and_serves) {
  url_ = shared_server().make_database();
  sql_of_others(url_, "INSERT INTO schema_migrations VALUES (99, '0099_later', now(), 17)");
  ok(open(url_));
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_THAT(told_[0], testing::HasSubstr("it has schema 99, this orc knows schemas up to"));
  sql_of_others(url_, "INSERT INTO schema_migrations VALUES (100, '0100_later', now(), 99)");
  EXPECT_EQ(open(url_).error().code, ErrorCode::conflict);
}

TEST_F(PostgresOpening, of_a_database_that_was_brought_here_by_an_earlier_program_changes_nothing) {
  url_ = shared_server().make_database();
  sql_of_others(url_, "ALTER TABLE schema_migrations DROP COLUMN serves_from");
  ok(open(as_role(url_, serving_role)));
  sql_of_others(url_,
                "DELETE FROM schema_migrations WHERE number >= 20;"
                "DROP TRIGGER orc_words_of_deliberation ON deliberations; DROP FUNCTION orc_words_of_deliberation;"
                "ALTER TABLE deliberations DROP COLUMN task_id, DROP COLUMN role, DROP COLUMN token_budget, "
                "DROP COLUMN listed_request, DROP COLUMN listed_outcome");
  ok(open(url_));
  sql_of_others(url_, "DO $$ BEGIN ASSERT (SELECT serves_from = 17 FROM schema_migrations WHERE number = 20); END $$");
}

TEST_F(PostgresOpening, of_a_database_whose_deliberations_stand_in_texts_alone_reads_what_is_asked_of_them) {
  url_ = shared_server().make_empty_database();
  {
    Connection connection({.url = url_}, catalog_, soon_);
    ok(migrate(connection, embedded_migrations().first(18), clock_.now(), {}));
  }
  sql_of_others(url_, deliberations_of_0018("now()"));
  {
    OneStore one(url_);
    expect_what_deliberations_of_0018_say(one.store->deliberations());
  }
  sql_of_others(url_, "DELETE FROM deliberations");
  OneStore one(url_);
  sql_of_others(url_, deliberations_of_0018("now()"));
  expect_what_deliberations_of_0018_say(one.store->deliberations());  // of processes of the release before
}

TEST_F(PostgresOpening, that_has_nothing_to_change_waits_for_nobody) {
  url_ = shared_server().make_database();
  hold_lock();
  ok(open(as_role(url_, serving_role)));
  EXPECT_TRUE(told_.empty());
}

TEST_F(PostgresOpening, with_too_few_rights_says_who_has_to_do_what) {
  url_ = shared_server().make_database();
  sql_of_others(url_, "DELETE FROM schema_migrations WHERE number > 15");
  const auto opened = open(as_role(url_, serving_role));
  EXPECT_EQ(opened.error().code, ErrorCode::permission_denied);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("run orc migrate"));
}

TEST_F(PostgresOpening, by_a_role_that_may_not_use_every_table_names_those) {
  url_ = shared_server().make_database();
  sql_of_others(url_, "REVOKE DELETE ON job_artifacts FROM orc_test_serving; REVOKE ALL ON SEQUENCE jobs_id_seq FROM orc_test_serving");
  const auto opened = open(as_role(url_, serving_role));
  EXPECT_EQ(opened.error().code, ErrorCode::permission_denied);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("role orc_test_serving may not use all of job_artifacts, jobs_id_seq:"));
}

TEST_F(PostgresOpening, is_refused_where_foreign_keys_of_others_would_keep_rows_from_going) {
  url_ = shared_server().make_empty_database();
  sql_of_others(url_, older_service() +
                          "CREATE TABLE notes (job_id integer REFERENCES jobs (id));"
                          "CREATE TABLE tags (user_id integer REFERENCES users (id) ON DELETE SET NULL)");
  const auto opened = open(url_);
  EXPECT_EQ(opened.error().code, ErrorCode::conflict);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("ALTER TABLE notes DROP CONSTRAINT \"notes_job_id_fkey\""));
  sql_of_others(url_, "ALTER TABLE notes DROP CONSTRAINT notes_job_id_fkey");
  ok(open(url_));
  sql_of_others(url_, "ALTER TABLE notes ADD FOREIGN KEY (job_id) REFERENCES jobs (id)");
  told_.clear();
  ok(open(url_));
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_THAT(told_[0], testing::HasSubstr("notes_job_id_fkey of notes to jobs"));
}

TEST_F(PostgresOpening, names_the_accounts_that_somebody_has_to_look_at) {
  url_ = shared_server().make_empty_database();
  sql_of_others(url_, older_service() +
                          "INSERT INTO users (email, hashed_password) VALUES ('ada@example.org', 'x'), ('root@localhost', 'x'), "
                          "('J\u00f6rg+x@b\u00fccher.example', 'x'), (' eve@example.org', 'x')");
  ok(open(url_));
  ASSERT_EQ(told_.size(), 3u);
  EXPECT_THAT(told_[0], testing::HasSubstr("only: user 1 (Ada@Example.org), user 3 (ada@example.org): each"));
  EXPECT_THAT(told_[1], testing::HasSubstr("today: user 4 (root@localhost), user 6 ( eve@example.org): they"));
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
