// What one request may wait for a slow database in all, and those who wait behind somebody who may take longer (attacks.md, R10).
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/one_store.h"
#include "adapters/postgres/postgres_blob_store.h"
#include "adapters/postgres/private_server.h"
#include "adapters/system/store_patience.h"
#include "application/user/delete_user.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_signals.h"
#include "tests/fakes/recording_event_log.h"

namespace orc::postgres {
namespace {

using namespace std::chrono_literals;

struct Told {
  ErrorCode code{};
  std::string message;
  int done = 0;  // questions that were answered before
  std::chrono::milliseconds time{};
};

class PostgresPatience : public testing::Test {
 protected:
  PostgresPatience() : url_(server().make_database()) { one_.emplace(url_); }
  ~PostgresPatience() override {
    server().go_on();
    one_.reset();
    server().drop_database(url_);
  }

  static PrivateServer& server() {
    static PrivateServer one(PrivateServer::Durability::fast);
    return one;
  }

  PostgresStore& store() { return *one_->store; }

  // As one request of an HTTP server.
  template <typename T>
  static boost::asio::awaitable<T> as_request(boost::asio::awaitable<T> request) {
    const PatientExecutor executor(loop_of_this_thread(), std::make_shared<StorePatience>());
    co_return co_await boost::asio::co_spawn(executor, std::move(request), boost::asio::use_awaitable);
  }

  // Asks one question after the other until one is refused, up to `questions_max`.
  template <typename Ask>
  static boost::asio::awaitable<Told> ask_until_told(Ask ask) {
    const auto start = std::chrono::steady_clock::now();
    for (Told told;; ++told.done) {
      const auto answer = co_await ask(told.done);
      if (answer && told.done < questions_max) continue;
      told.time = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
      if (!answer) {
        told.code = answer.error().code;
        told.message = answer.error().message;
      }
      co_return told;
    }
  }

  template <typename T, typename... Others>
  static std::vector<T> together(boost::asio::awaitable<T> first, Others... others) {
    std::vector<boost::asio::awaitable<T>> all;
    all.push_back(std::move(first));
    (all.push_back(std::move(others)), ...);
    return run_all(std::move(all));
  }

  static void expect_told_in_time(const Told& told, int done_min) {
    EXPECT_EQ(told.code, ErrorCode::unavailable) << told.message;
    EXPECT_GE(told.done, done_min) << told.message;
    EXPECT_LE(told.time, told_within) << told.message;
  }

  void make_slow(const std::string& table, const std::string& change, const std::string& seconds) {
    server().run_script(url_, "CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(" + seconds +
                                  "); RETURN NULL; END'; CREATE TRIGGER be_slow AFTER " + change + " ON " + table +
                                  " FOR EACH STATEMENT EXECUTE FUNCTION be_slow()");
  }

  static constexpr int questions_max = 8;
  static constexpr auto told_within = 3s;  // a request waits for 1.5; the rest is for a machine that is busy with other tests

  const std::string url_;
  FakeClock clock_;
  std::optional<OneStore> one_;
};

TEST_F(PostgresPatience, the_questions_of_one_request_have_the_time_of_one_together) {
  ok(store().workers().add({.name = "host:1"}));
  server().run_script(url_, "ALTER TABLE workers RENAME TO kept; CREATE VIEW workers AS SELECT kept.* FROM kept, pg_sleep(0.4)");
  const auto ask = [&](int) { return store().workers().list(); };
  expect_told_in_time(run(as_request(ask_until_told(ask))), 2);
  EXPECT_EQ(run(ask_until_told(ask)).done, questions_max) << "what is no request goes on";
}

TEST_F(PostgresPatience, its_changes_and_its_blobs_count_with_them) {
  make_slow("users", "INSERT", "0.4");
  const auto ask = [&](int done) -> Async<void> {
    if (done % 2 == 1) {
      auto put = co_await store().blob_store().put(std::to_string(done));
      if (!put) co_return pass_on(put);
    }
    auto added = co_await store().users().add({.email = std::to_string(done) + "@example.org"});
    if (!added) co_return pass_on(added);
    co_return Result<void>{};
  };
  expect_told_in_time(run(as_request(ask_until_told(ask))), 2);
}

// What the background does may take ten seconds.
TEST_F(PostgresPatience, a_request_behind_a_long_chore_is_told_while_the_chore_goes_on) {
  make_slow("audit", "DELETE", "4");
  bool chore_is_done = false;
  const auto chore = [&]() -> boost::asio::awaitable<Told> {
    EXPECT_EQ(ok(co_await store().retention().prune_audit(timestamp_from_ms(0), 10)), 0);
    chore_is_done = true;
    co_return Told{};
  };
  const auto behind = [&](int) { return store().jobs().end_orphans(10); };
  const auto request = [&]() -> boost::asio::awaitable<Told> {
    auto told = co_await as_request(ask_until_told(behind));
    EXPECT_FALSE(chore_is_done);
    co_return told;
  };
  expect_told_in_time(together(chore(), request())[1], 0);
  EXPECT_TRUE(chore_is_done);
}

TEST_F(PostgresPatience, an_account_is_removed_and_noted_though_a_chore_keeps_its_jobs_from_ending_at_once) {
  make_slow("audit", "DELETE", "4");
  const User admin = ok(store().users().add({.email = "ada@example.org", .password_hash = "x"}));
  const User gone = ok(store().users().add({.email = "bob@example.org", .password_hash = "x"}));
  FakeSignals signals(clock_);
  RecordingEventLog log;
  EndOrphans orphans(store().jobs(), signals, log);
  DeleteUser remove(store().users(), orphans, store().audit());
  const auto chore = [&]() -> Async<void> {
    EXPECT_EQ(ok(co_await store().retention().prune_audit(timestamp_from_ms(0), 10)), 0);
    co_return Result<void>{};
  };
  const auto removal = [&]() -> Async<void> {
    const Actor who{.kind = Actor::Kind::account, .principal = {.user = admin.id, .role = Role::admin}};
    const auto start = std::chrono::steady_clock::now();
    auto removed = co_await as_request(remove.run(who, gone.id));
    EXPECT_LE(std::chrono::steady_clock::now() - start, 2s);
    co_return removed;
  };
  ok(together(chore(), removal())[1]);
  server().run_script(url_, "DO $$ BEGIN ASSERT (SELECT count(*) = 1 FROM audit WHERE action = 'user.delete'); END $$");
}

TEST_F(PostgresPatience, of_many_blobs_at_once_all_are_kept_in_one_transaction) {
  make_slow("commit_marks", "INSERT OR UPDATE", "0.1");
  std::vector<std::string> texts;
  for (int i = 0; i < 200; ++i) texts.push_back(std::to_string(i) + std::string(17'000, 'x'));
  const auto start = std::chrono::steady_clock::now();
  const auto hashes = ok(as_request(store().blob_store().put_all({texts.begin(), texts.end()})));
  EXPECT_LE(std::chrono::steady_clock::now() - start, 5s) << "one after the other they would take twenty";
  EXPECT_TRUE(ok(store().blob_store().get(hashes.back())) == texts.back());
}

// A large one may take half a second for each piece, but not from a server that says nothing.
TEST_F(PostgresPatience, large_blobs_are_given_up_when_the_server_falls_silent_and_so_are_those_behind_them) {
  const auto put = [&](std::string bytes) -> boost::asio::awaitable<Told> {
    return ask_until_told([this, bytes = std::move(bytes)](int done) { return store().blob_store().put(std::to_string(done) + bytes); });
  };
  const std::string large(8 * PostgresBlobStore::piece_bytes, 'x');
  together(store().blob_store().put("one"), store().blob_store().put("two"));  // both connections are open
  server().pause();
  for (const Told& told : together(as_request(put(large + "1")), as_request(put(large + "2")), as_request(put("small"))))
    expect_told_in_time(told, 0);
  const auto start = std::chrono::steady_clock::now();
  store().stop();
  EXPECT_LE(std::chrono::steady_clock::now() - start, told_within);
}

TEST_F(PostgresPatience, who_waits_behind_large_blobs_that_take_long_is_told_while_they_go_on) {
  make_slow("stored_blob_pieces", "INSERT", "0.4");
  const std::string large(8 * PostgresBlobStore::piece_bytes, 'x');
  const auto put_large = [&](std::string mark) -> boost::asio::awaitable<Told> {
    EXPECT_TRUE((co_await store().blob_store().put(large + mark)).has_value()) << "it has the time that its pieces take";
    co_return Told{};
  };
  const auto behind = [&]() { return ask_until_told([this](int) { return store().blob_store().put("small"); }); };
  expect_told_in_time(together(as_request(put_large("1")), as_request(put_large("2")), as_request(behind()))[2], 0);
}

}  // namespace
}  // namespace orc::postgres
