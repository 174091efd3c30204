// How fast the SQLite store takes jobs in, beside what the same disk and the same SQLite give without it, in the same run.
#include "store_bench.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace orc {
namespace {

// 4 KiB overwritten and synced, again and again: what the disk gives at most.
void bare_sync(const Settings& settings) {
  const Folder folder(settings.folder);
  const int file = ::open((folder.path / "log").c_str(), O_RDWR | O_CREAT, 0600);
  const std::string page(4096, 'x');
  for (int i = 0; i < 1024; ++i)
    if (::pwrite(file, page.data(), page.size(), i * 4096) != 4096) stop_with("the disk cannot be written");
  ::fsync(file);
  Percentiles latency;
  const auto start = SteadyClock::now();
  int syncs = 0;
  for (; seconds_since(start) < settings.seconds; ++syncs) {
    const auto before = SteadyClock::now();
    if (::pwrite(file, page.data(), page.size(), (syncs % 1024) * 4096) != 4096 || ::fdatasync(file) != 0)
      stop_with("the disk cannot be synced");
    latency.ms.push_back(static_cast<float>(seconds_since(before) * 1000));
  }
  ::close(file);
  print("bare fdatasync, 4 KiB", syncs / seconds_since(start), std::move(latency));
}

// The least that SQLite has to do: rows of 400 bytes into one table with one index, `group` in each commit.
void bare_sqlite(const Settings& settings, int group) {
  const Folder folder(settings.folder);
  sqlite3* connection = nullptr;
  const auto check = [&](int code) {
    if (code != SQLITE_OK && code != SQLITE_DONE) stop_with(sqlite3_errmsg(connection));
  };
  check(sqlite3_open((folder.path / "bare.db").c_str(), &connection));
  check(sqlite3_exec(connection,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 500;"
                     "CREATE TABLE rows (id INTEGER PRIMARY KEY, status INTEGER, text TEXT) STRICT;"
                     "CREATE INDEX rows_by_status ON rows (status, id);",
                     nullptr, nullptr, nullptr));
  sqlite3_stmt* insert = nullptr;
  check(sqlite3_prepare_v2(connection, "INSERT INTO rows (status, text) VALUES (0, ?1)", -1, &insert, nullptr));
  const std::string text(400, 'x');
  Percentiles latency;
  const auto start = SteadyClock::now();
  double rows = 0;
  while (seconds_since(start) < settings.seconds) {
    const auto before = SteadyClock::now();
    check(sqlite3_exec(connection, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr));
    for (int i = 0; i < group; ++i) {
      sqlite3_bind_text(insert, 1, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
      check(sqlite3_step(insert));
      sqlite3_reset(insert);
    }
    check(sqlite3_exec(connection, "COMMIT", nullptr, nullptr, nullptr));
    rows += group;
    latency.ms.push_back(static_cast<float>(seconds_since(before) * 1000));
  }
  print("bare SQLite, " + std::to_string(group) + " rows a commit", rows / seconds_since(start), std::move(latency));
  sqlite3_finalize(insert);
  sqlite3_close(connection);
}

void submit(const Settings& settings, int submitters, int batch) {
  Bench bench(settings);
  Percentiles latency;
  double jobs = 0;
  const auto start = SteadyClock::now();
  bench.run(
      [&]() -> boost::asio::awaitable<void> {
        while (seconds_since(start) < settings.seconds) {
          const auto before = SteadyClock::now();
          std::vector<NewJob> some(static_cast<std::size_t>(batch), bench.job());
          must(co_await bench.store->jobs().submit(std::move(some)));
          jobs += batch;
          latency.ms.push_back(static_cast<float>(seconds_since(before) * 1000));
        }
      },
      submitters);
  const double took = seconds_since(start);
  bench.store.reset();
  print(std::to_string(submitters) + " submitters, " + std::to_string(batch) + " a batch", jobs / took, std::move(latency));
  std::printf("    %.0f commits/s, %.1f submissions a commit, %.0f %% of the time in checkpoints\n", bench.commits / took,
              bench.operations / bench.commits, 100 * bench.checkpoint / took);
}

// submit, claim in tens, finish: the three durable steps of a job's life.
void whole_life(const Settings& settings) {
  Bench bench(settings);
  Percentiles latency;
  double jobs = 0;
  const auto start = SteadyClock::now();
  bench.run(
      [&]() -> boost::asio::awaitable<void> {
        while (seconds_since(start) < settings.seconds) {
          const auto before = SteadyClock::now();
          std::vector<NewJob> some(1, bench.job());
          must(co_await bench.store->jobs().submit(std::move(some)));
          auto claim = must(co_await bench.store->jobs().claim(bench.worker, 1));
          for (const ClaimedJob& claimed : claim.jobs) {
            AttemptEnd end{.id = claimed.id,
                           .fence = claimed.fence,
                           .trigger = JobTrigger::succeeded,
                           .outcome = AttemptOutcome::succeeded,
                           .result = Payload{.text = R"({"prediction": "class_A"})", .blob = {}},
                           .message = {},
                           .wait = {},
                           .exit_code = 0,
                           .usage = {},
                           .log = {}};
            must(co_await bench.store->jobs().finish(std::move(end)));
            ++jobs;
          }
          latency.ms.push_back(static_cast<float>(seconds_since(before) * 1000));
        }
      },
      64);
  const double took = seconds_since(start);
  print("64 × submit, claim, finish", jobs / took, std::move(latency));
}

void read(const Settings& settings, bool while_writing) {
  Bench bench(settings);
  bench.run([&]() -> boost::asio::awaitable<void> {
    for (int i = 0; i < 100; ++i) must(co_await bench.store->jobs().submit(std::vector<NewJob>(1000, bench.job())));
  });
  Percentiles latency;
  double reads = 0;
  std::int64_t next = 0;
  const auto start = SteadyClock::now();
  if (while_writing)
    for (int i = 0; i < 8; ++i)
      boost::asio::co_spawn(
          bench.io,
          [&]() -> boost::asio::awaitable<void> {
            while (seconds_since(start) < settings.seconds) must(co_await bench.store->jobs().submit(std::vector<NewJob>(1, bench.job())));
          },
          boost::asio::detached);
  bench.run([&]() -> boost::asio::awaitable<void> {
    while (seconds_since(start) < settings.seconds) {
      const auto before = SteadyClock::now();
      next = (next * 7919 + 13) % 100'000;
      must(co_await bench.store->job_reader().get(JobId{next + 1}));
      ++reads;
      latency.ms.push_back(static_cast<float>(seconds_since(before) * 1000));
      if (static_cast<int>(reads) % 16 == 0) co_await boost::asio::post(bench.io, boost::asio::use_awaitable);
    }
  });
  print(while_writing ? "get by id, 8 submitters beside" : "get by id", reads / seconds_since(start), std::move(latency));
}

Settings settings_from(int count, char** words) {
  Settings settings;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view flag = words[i];
    if (flag == "--seconds") {
      settings.seconds = std::atof(words[i + 1]);
    } else if (flag == "--folder") {
      settings.folder = words[i + 1];
    } else if (flag == "--only") {
      settings.only = words[i + 1];
    } else if (flag == "--jobs") {
      settings.jobs = std::atoi(words[i + 1]);
    } else if (flag == "--log-pages") {
      settings.log_pages = std::atoi(words[i + 1]);
    } else {
      stop_with(
          "usage: orc_store_bench [--seconds N] [--folder DIR] [--jobs N] [--log-pages N] [--only "
          "sync|sqlite|submit|batch|life|get|queue|list]");
    }
  }
  return settings;
}

}  // namespace
}  // namespace orc

int main(int count, char** words) {
  using namespace orc;
  const Settings settings = settings_from(count, words);
  const auto wanted = [&](std::string_view what) { return settings.only.empty() || settings.only == what; };
  if (wanted("sync")) bare_sync(settings);
  if (wanted("sqlite"))
    for (const int group : {1, 32, 64, 512}) bare_sqlite(settings, group);
  if (wanted("submit"))
    for (const int submitters : {1, 8, 64, 512}) submit(settings, submitters, 1);
  if (wanted("batch")) submit(settings, 8, 100);
  if (wanted("life")) whole_life(settings);
  if (wanted("get")) {
    read(settings, false);
    read(settings, true);
  }
  if (wanted("queue")) bench_queue(settings);
  if (wanted("list")) bench_lists(settings);
}
