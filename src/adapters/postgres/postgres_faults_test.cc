// A server that is killed, restarted, or does not answer: everybody is told within two seconds, and all is well three seconds after it is
// back (attacks.md, R10).
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>
#include <set>
#include <signal.h>
#include <thread>

#include "adapters/postgres/embedded_sql.h"
#include "adapters/postgres/link.h"
#include "adapters/postgres/one_store.h"
#include "adapters/postgres/postgres_job_signals.h"
#include "adapters/postgres/private_server.h"
#include "adapters/system/in_process_job_signals.h"

namespace orc::postgres {
namespace {

using namespace std::chrono_literals;

SteadyTime in(std::chrono::milliseconds wait) { return std::chrono::steady_clock::now() + wait; }

class PostgresFaults : public testing::Test {
 protected:
  PostgresFaults() : url_(server_.make_database()) {
    one_.emplace(url_);
    user_ = ok(store().users().add({.email = "ada@example.org", .password_hash = "x"}));
    PluginSpec spec;
    spec.command = {"./echo"};
    plugin_ = ok(store().plugins().add({.name = "echo", .version = "1.0.0", .description = "", .spec = spec}));
  }

  PostgresStore& store() { return *one_->store; }
  NewJob job(int key = -1) const {
    NewJob made{.owner = user_.id,
                .plugin = plugin_.id,
                .version = plugin_.current.id,
                .plugin_name = "echo",
                .input = {.text = "{}", .blob = {}},
                .share_key = "a"};
    if (key >= 0) made.idempotency = Idempotency{.key = "k" + std::to_string(key), .request = {}};
    return made;
  }

  // How long `ask` took to give an answer, which must be unavailable.
  static ErrorCode code_in(const Error& error) { return error.code; }
  static ErrorCode code_in(const SubmitRefusal& refusal) { return refusal.error.code; }

  template <typename Outcome>
  static std::chrono::milliseconds time_to_be_told(boost::asio::awaitable<Outcome> ask) {
    const auto start = std::chrono::steady_clock::now();
    const auto answer = run(std::move(ask));
    EXPECT_FALSE(answer.has_value());
    if (!answer) EXPECT_EQ(code_in(answer.error()), ErrorCode::unavailable);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  }

  // The answer, and when it came.
  template <typename Outcome>
  static boost::asio::awaitable<std::pair<bool, std::chrono::milliseconds>> timed(boost::asio::awaitable<Outcome> ask) {
    const auto start = std::chrono::steady_clock::now();
    const auto answer = co_await std::move(ask);
    if (!answer) EXPECT_EQ(code_in(answer.error()), ErrorCode::unavailable);
    co_return std::pair(answer.has_value(), std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start));
  }

  void expect_told_in_time() {
    EXPECT_LE(time_to_be_told(store().jobs().submit({job()})), 2s);
    EXPECT_LE(time_to_be_told(store().job_reader().get(JobId{1})), 2s);
    EXPECT_LE(time_to_be_told(store().users().add({.email = "eve@example.org"})), 2s);
    EXPECT_LE(time_to_be_told(store().readiness().check()), 2s);
    for (int i = 0; i < 20; ++i) EXPECT_LE(time_to_be_told(store().jobs().submit({job()})), 2s);
  }

  // Asks again until it works; each try is answered quickly, so this does not spin.
  void expect_healed_in_time() {
    const auto back = std::chrono::steady_clock::now();
    const auto healed = [&] {
      return run(store().jobs().submit({job()})).has_value() && run(store().job_reader().counts({})).has_value() &&
             run(store().readiness().check()).has_value();
    };
    while (!healed() && std::chrono::steady_clock::now() < back + 10s) std::this_thread::yield();
    EXPECT_LE(std::chrono::steady_clock::now() - back, 3s);
  }

  PrivateServer server_{PrivateServer::Durability::as_usual};
  const std::string url_;
  std::optional<OneStore> one_;
  User user_;
  Plugin plugin_;
};

TEST_F(PostgresFaults, a_killed_server_is_told_of_and_forgotten_when_it_is_back) {
  for (int i = 0; i < 2; ++i) {
    server_.kill();
    expect_told_in_time();
    server_.start();
    expect_healed_in_time();
  }
}

TEST_F(PostgresFaults, a_server_that_does_not_answer_is_told_of_and_forgotten_when_it_does) {
  for (int i = 0; i < 2; ++i) {
    server_.pause();
    expect_told_in_time();
    server_.go_on();
    expect_healed_in_time();
  }
}

TEST_F(PostgresFaults, of_many_changes_on_a_slow_server_each_is_told_in_time) {
  server_.run_script(url_,
                     "CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.6); RETURN NEW; END';"
                     "CREATE TRIGGER be_slow BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION be_slow()");
  std::vector<boost::asio::awaitable<std::pair<bool, std::chrono::milliseconds>>> changes;
  for (int i = 0; i < 8; ++i) changes.push_back(timed(store().users().add({.email = std::to_string(i) + "@example.org"})));
  int done = 0;
  for (const auto& [succeeded, time] : run_all(std::move(changes))) {
    done += succeeded;
    EXPECT_LE(time, 2s);
  }
  EXPECT_GE(done, 1);
  EXPECT_LT(done, 8) << "they were to be too many for this server";
  EXPECT_EQ(ok(store().users().list({.skip = 0, .limit = 100})).total, done + 1) << "who was told that it failed has made nobody";
}

// As when the disk is busy for once: those who have waited meanwhile have time for as long as transactions take else.
TEST_F(PostgresFaults, a_single_slow_transaction_costs_those_behind_it_nothing) {
  server_.run_script(url_,
                     "CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.8); RETURN NEW; END';"
                     "CREATE TRIGGER be_slow BEFORE INSERT ON jobs FOR EACH ROW WHEN (NEW.share_key = 'slow') EXECUTE FUNCTION be_slow()");
  NewJob slow = job();
  slow.share_key = "slow";
  bool is_taken = false;  // the slow one
  const auto submit_behind = [&]() -> boost::asio::awaitable<std::pair<bool, std::chrono::milliseconds>> {
    while (!is_taken && store().waiting() > 0) co_await boost::asio::post(boost::asio::use_awaitable);
    is_taken = true;
    co_return co_await timed(store().jobs().submit({job()}));
  };
  // Where the machine itself is slow for a moment, one is no longer the only one, and the round says nothing.
  int judged = 0;
  for (int i = 0; i < 20 && judged < 2; ++i) {
    is_taken = false;
    const auto usual = run(timed(store().jobs().submit({job()})));
    std::vector<boost::asio::awaitable<std::pair<bool, std::chrono::milliseconds>>> submissions;
    submissions.push_back(timed(store().jobs().submit({slow})));
    for (int behind = 0; behind < 4; ++behind) submissions.push_back(submit_behind());
    const auto ended = run_all(std::move(submissions));
    if (usual.second > 150ms || ended.front().second > 1s) continue;
    ++judged;
    for (const auto& [succeeded, time] : ended) {
      EXPECT_TRUE(succeeded) << "round " << i << " after " << time.count() << " ms";
      EXPECT_LE(time, 2s);
    }
  }
  EXPECT_EQ(judged, 2) << "the machine was slow all the time";
}

TEST_F(PostgresFaults, of_many_reads_on_a_slow_server_each_is_told_in_time) {
  ok(store().workers().add({.name = "host:1"}));
  server_.run_script(url_, "ALTER TABLE workers RENAME TO kept; CREATE VIEW workers AS SELECT kept.* FROM kept, pg_sleep(0.6)");
  std::vector<boost::asio::awaitable<std::pair<bool, std::chrono::milliseconds>>> reads;
  for (int i = 0; i < 12; ++i) reads.push_back(timed(store().workers().list()));
  int done = 0;
  for (const auto& [succeeded, time] : run_all(std::move(reads))) {
    done += succeeded;
    EXPECT_LE(time, 2s);
  }
  EXPECT_GE(done, 2);
  EXPECT_LT(done, 12) << "they were to be too many for this server";
}

// What a server says may hold names of hosts, users and statements; it is for who runs the service.
TEST_F(PostgresFaults, the_words_of_the_server_and_of_its_library_are_for_the_operator_only) {
  SystemClock clock;
  Sha256Digest digest;
  std::mutex mutex;
  std::string heard;  // guarded by mutex
  StoreOptions options{.url = url_};
  options.on_fault = [&](std::string_view words) {
    const std::lock_guard lock(mutex);
    heard.append(words).append("\n");
  };
  const auto store = ok(PostgresStore::open(options, clock, digest));
  const auto told = [](const auto& answer) { return answer ? std::string() : answer.error().message; };
  server_.run_script(url_, "ALTER TABLE users RENAME COLUMN full_name TO other_name");
  EXPECT_EQ(told(run(store->users().add({.email = "eve@example.org"}))),
            "the database's tables or rights are not as this server needs them; its log says which");
  EXPECT_EQ(told(run(store->users().by_email("eve@example.org"))),
            "the database's tables or rights are not as this server needs them; its log says which");
  server_.kill();
  const std::string away = "the database is out of reach just now; try again in a moment";
  EXPECT_EQ(told(run(store->users().add({.email = "eve@example.org"}))), away);
  EXPECT_EQ(told(run(store->job_reader().get(JobId{1}))), away);
  const std::lock_guard lock(mutex);
  EXPECT_NE(heard.find("SQLSTATE 42703"), std::string::npos) << heard;
  EXPECT_NE(heard.find("connecting: "), std::string::npos) << heard;
  EXPECT_EQ(heard.find("eve@example.org"), std::string::npos) << heard;
}

TEST_F(PostgresFaults, a_restart_while_nobody_asks_is_not_noticed) {
  ok(store().jobs().submit({job()}));
  ok(store().job_reader().counts({}));
  server_.kill();
  server_.start();
  EXPECT_TRUE(run(store().jobs().submit({job()})).has_value());
  EXPECT_EQ(ok(store().job_reader().counts({})).at(0), 2);
}

TEST_F(PostgresFaults, under_load_no_accepted_job_is_lost_and_none_is_made_twice) {
  constexpr int clients = 8;
  constexpr int keys_of_each = 60;
  std::atomic<int> acked = 0;
  std::atomic<int> slowest_ms = 0;
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::map<int, JobId> made;  // guarded by mutex; by key
  std::vector<std::jthread> threads;
  for (int client = 0; client < clients; ++client)
    threads.emplace_back([&, client] {
      for (int key = client * keys_of_each; key < (client + 1) * keys_of_each && !stop;) {
        const auto start = std::chrono::steady_clock::now();
        const auto answer = run(store().jobs().submit({job(key)}));
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
        slowest_ms = std::max(slowest_ms.load(), static_cast<int>(took.count()));
        if (!answer) continue;
        const std::lock_guard lock(mutex);
        made[key++] = answer->front().id;
        ++acked;
      }
    });
  try {
    for (const int at : {60, 180, 300}) {
      while (acked < at) std::this_thread::yield();
      server_.kill();
      server_.start();
    }
  } catch (const std::exception& fault) {
    ADD_FAILURE() << fault.what();
    stop = true;
  }
  for (std::jthread& thread : threads) thread.join();
  EXPECT_LE(slowest_ms, 2500);  // sanitizers and a busy machine included
  std::set<JobId> ids;
  for (const auto& [key, id] : made) {
    ids.insert(id);
    EXPECT_TRUE(run(store().job_reader().get(id)).has_value()) << "an accepted job was lost";
  }
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(clients * keys_of_each));
  EXPECT_EQ(ok(store().job_reader().list({}, {})).total, clients * keys_of_each) << "a job was made that nobody knows of";
}

// Every second time its mark was pruned before.
TEST_F(PostgresFaults, a_commit_whose_answer_was_lost_is_answered_as_it_went) {
  const NamedSql catalog(embedded_statements());
  int committed = 0;
  for (int i = 1; i <= 8; ++i) {
    Link link({.url = url_}, catalog);
    link.connect(in(5s));
    const int backend = link.connection().backend();
    std::thread later;
    bool succeeded = true;
    try {
      link.transact(
          [&](Transaction& transaction) {
            transaction.ask("add_worker", "w" + std::to_string(i), Isolation::strict, 1, WorkerHome::elsewhere, timestamp_from_ms(0),
                            std::string_view(), std::string_view("{}"));
            // From here on the session hears nothing; it goes on when its client has given up.
            if (link.connection().backend() != backend) return;
            if (i % 2 == 0) server_.run_script(url_, "DELETE FROM commit_marks");
            ::kill(backend, SIGSTOP);
            later = std::thread([backend, wait = 300 + i * 40] {
              std::mutex mutex;
              std::unique_lock lock(mutex);
              std::condition_variable().wait_for(lock, std::chrono::milliseconds{wait});
              ::kill(backend, SIGCONT);
            });
          },
          in(350ms));
    } catch (const StorageFault& fault) {
      EXPECT_TRUE(fault.kind() == StorageFault::Kind::away || fault.kind() == StorageFault::Kind::late) << fault.what();
      succeeded = false;
    }
    later.join();
    committed += succeeded;
    Connection fresh({.url = url_}, catalog, in(5s));
    fresh.send("workers", Parameters());
    fresh.exchange(in(5s));
    EXPECT_EQ(fresh.answer(0).size(), committed) << "round " << i;
  }
}

TEST_F(PostgresFaults, of_a_commit_whose_outcome_cannot_be_learnt_it_is_said_that_nobody_knows) {
  const NamedSql catalog(embedded_statements());
  Link link({.url = url_}, catalog);
  link.connect(in(5s));
  const int backend = link.connection().backend();
  std::thread later;
  const auto beat = [&](Transaction& transaction) {
    transaction.ask("beat_workers", std::vector{WorkerId{1}});
    ::kill(backend, SIGSTOP);  // it does not come to the commit that is sent to it
    later = std::thread([this] { server_.kill(); });
  };
  try {
    link.transact(beat, in(1500ms));
    ADD_FAILURE() << "it must not have succeeded";
  } catch (const StorageFault& fault) {
    EXPECT_EQ(fault.kind(), StorageFault::Kind::in_doubt) << fault.what();
    EXPECT_NE(fault.to_error().message.find("is not known"), std::string::npos);
  }
  later.join();
}

// As that of a large blob: the time for its pieces is none in which those who wait are told nothing.
TEST_F(PostgresFaults, the_outcome_of_a_commit_that_may_take_long_is_not_asked_about_for_longer) {
  const NamedSql catalog(embedded_statements());
  server_.run_script(url_,
                     "CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(4); RETURN NULL; END';"
                     "CREATE CONSTRAINT TRIGGER be_slow AFTER INSERT ON workers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
                     "EXECUTE FUNCTION be_slow()");
  Link link({.url = url_, .silence_max = 1s}, catalog);
  link.connect(in(5s));
  const int backend = link.connection().backend();
  std::thread later;
  SteadyTime start;
  const auto add = [&](Transaction& transaction) {
    transaction.ask("add_worker", std::string("w"), Isolation::strict, 1, WorkerHome::elsewhere, timestamp_from_ms(0), std::string_view(),
                    std::string_view("{}"));
    // It holds its mark, and will neither end nor let itself be ended.
    later = std::thread([this, backend] {
      server_.run_script(url_, "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = " + std::to_string(backend) +
                                   " AND wait_event = 'PgSleep') LOOP PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP; END $$");
      ::kill(backend, SIGSTOP);
    });
    start = std::chrono::steady_clock::now();
  };
  try {
    link.transact(add, in(10s));
    ADD_FAILURE() << "it must not have succeeded";
  } catch (const StorageFault& fault) {
    EXPECT_EQ(fault.kind(), StorageFault::Kind::in_doubt) << fault.what();
  }
  EXPECT_LE(std::chrono::steady_clock::now() - start, 2500ms);  // sanitizers and a busy machine included
  later.join();
  ::kill(backend, SIGCONT);
}

TEST_F(PostgresFaults, a_mark_that_was_pruned_while_its_writer_rested_is_there_again_after_the_next_commit) {
  const NamedSql catalog(embedded_statements());
  Link link({.url = url_}, catalog);
  const auto beat = [](Transaction& transaction) { transaction.send("beat_workers", std::vector{WorkerId{1}}); };
  link.transact(beat, in(5s));
  server_.run_script(url_, "DELETE FROM commit_marks");
  link.transact(beat, in(5s));
  server_.run_script(url_, "DO $$ BEGIN ASSERT (SELECT count(*) = 1 AND max(number) = 2 FROM commit_marks); END $$");
}

// Somebody takes the first host's connections, and says nothing.
TEST_F(PostgresFaults, of_several_hosts_the_second_is_reached_though_the_first_is_silent) {
  boost::asio::io_context io;
  const boost::asio::ip::tcp::acceptor silent(io, {boost::asio::ip::address_v4::loopback(), 0});
  const auto folder = url_.substr(url_.rfind("host=") + 5);
  const std::string port = std::to_string(silent.local_endpoint().port());
  const std::string both = url_.substr(0, url_.rfind('?')) + "?host=127.0.0.1," + folder + "&port=" + port + ",5432";
  const NamedSql catalog(embedded_statements());
  Link link({.url = both}, catalog);
  EXPECT_THROW(link.connect(in(300ms)), StorageFault);
  EXPECT_NO_THROW(link.connect(in(5s)));
  EXPECT_TRUE(link.is_connected());
}

// The signals of one process, with its I/O thread.
class SignalledProcess {
 public:
  explicit SignalledProcess(const std::string& url)
      : signals(url, local, io_.get_executor(),
                {.users_changed = [this] { ++users_changed; },
                 .plugins_changed = [this] { ++plugins_changed; },
                 .heard_until = [this](SteadyTime moment) { heard_until = moment.time_since_epoch().count(); },
                 .lost = [this] { ++lost; }}) {}
  ~SignalledProcess() {
    signals.stop();
    keep_running_.reset();
    io_thread_.join();
  }
  SignalledProcess(const SignalledProcess&) = delete;
  SignalledProcess& operator=(const SignalledProcess&) = delete;

  std::thread::id io_thread() const { return io_thread_.get_id(); }
  bool has_heard_since(SteadyTime moment) const { return heard_until.load() >= moment.time_since_epoch().count(); }

  InProcessJobSignals local;
  std::atomic<int> users_changed = 0, plugins_changed = 0, lost = 0;
  std::atomic<SteadyTime::rep> heard_until = 0;

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_{io_.get_executor()};
  std::jthread io_thread_{[this] { io_.run(); }};

 public:
  PostgresJobSignals signals;
};

// Whether it came true within five seconds.
template <typename Condition>
bool comes_true(Condition condition) {
  const SteadyTime deadline = in(5s);
  while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  return condition();
}

TEST_F(PostgresFaults, signals_reach_the_other_process_also_after_a_restart) {
  SignalledProcess ours(url_);
  SignalledProcess theirs(url_);
  std::atomic<int> told = 0;
  for (int i = 1; i <= 2; ++i) {
    ASSERT_TRUE(comes_true([&] { return ours.signals.is_connected() && theirs.signals.is_connected(); }));
    const auto watch = theirs.signals.watch(JobId{i}, [&] {
      EXPECT_EQ(std::this_thread::get_id(), theirs.io_thread()) << "use cases run there, and nowhere else";
      ++told;
    });
    const auto start = std::chrono::steady_clock::now();
    ours.signals.job_ended(JobId{i});
    EXPECT_TRUE(comes_true([&] { return told >= i; }));
    EXPECT_LE(std::chrono::steady_clock::now() - start, 100ms);
    const std::uint64_t seen = theirs.signals.work_hints();
    ours.signals.work_arrived();
    run([](JobSignals& signals, std::uint64_t before) -> boost::asio::awaitable<int> {
      co_await signals.wait_for_work(before, in(5s));
      co_return 0;
    }(theirs.signals, seen));
    EXPECT_GT(theirs.signals.work_hints(), seen);
    if (i == 1) {
      server_.kill();
      ASSERT_TRUE(comes_true([&] { return !ours.signals.is_connected() && !theirs.signals.is_connected(); }));
      server_.start();
    }
  }
}

TEST_F(PostgresFaults, changes_of_users_and_plugins_are_told_to_every_process_whoever_makes_them) {
  SignalledProcess process(url_);
  ASSERT_TRUE(comes_true([&] { return process.signals.is_connected(); }));
  EXPECT_EQ(process.users_changed, 1) << "what was remembered before it listened is not relied on";
  EXPECT_EQ(process.plugins_changed, 1);
  const User eve = ok(store().users().add({.email = "eve@example.org", .password_hash = "x"}));
  ok(store().jobs().submit({job()}));  // neither changes what anybody remembers
  ok(store().users().change(eve.id, {.full_name = "Eve"}));
  EXPECT_TRUE(comes_true([&] { return process.users_changed == 2; }));
  ok(store().users().erase(eve.id));
  EXPECT_TRUE(comes_true([&] { return process.users_changed == 3; }));
  ok(store().plugins().change(plugin_.id, {.is_active = false}));
  EXPECT_TRUE(comes_true([&] { return process.plugins_changed == 2; }));
  server_.run_script(url_, "UPDATE users SET is_active = false; TRUNCATE plugins");
  EXPECT_TRUE(comes_true([&] { return process.users_changed == 4 && process.plugins_changed == 3; }));
}

TEST_F(PostgresFaults, a_process_knows_up_to_when_it_has_heard_everything) {
  SignalledProcess process(url_);
  ASSERT_TRUE(comes_true([&] { return process.has_heard_since(std::chrono::steady_clock::now() - 2s); }));
  const SteadyTime now = std::chrono::steady_clock::now();
  EXPECT_TRUE(comes_true([&] { return process.has_heard_since(now); })) << "it asks even if nobody says anything";
  server_.pause();
  EXPECT_TRUE(comes_true([&] { return process.lost > 0; }));
  EXPECT_FALSE(process.has_heard_since(std::chrono::steady_clock::now() - 1s));
  server_.go_on();
  EXPECT_TRUE(comes_true([&] { return process.users_changed > 1; })) << "it may have missed something";
}

}  // namespace
}  // namespace orc::postgres
