#include "adapters/sqlite/writer.h"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <latch>

#include "adapters/sqlite/embedded_sql.h"
#include "adapters/sqlite/temporary_folder.h"
#include "adapters/system/system_clock.h"
#include "tests/contract/run_async.h"

namespace orc::sqlite {
namespace {

using testing::Each;

// A writer on a table of numbers.
struct NumbersTable : testing::Test {
  NumbersTable() { connection.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT"); }

  void start(WriterLimits limits = {}) {
    writer.emplace(
        connection, catalog, clock, std::vector<TransactionPart*>{&part}, limits,
        [this](const CommitFigures& figures) { commits.push_back(figures); }, FaultObserver{});
  }

  // Adds a number; one that is there already makes SQLite refuse the statement.
  auto add(int n) {
    return writer->run([this, n](Timestamp) -> Result<int> {
      connection.execute(("INSERT INTO numbers (n) VALUES (" + std::to_string(n) + ")").c_str());
      return n;
    });
  }

  // Holds the writer until `latch` is open, so that what comes meanwhile makes one batch.
  auto hold(std::latch& latch) {
    return writer->run([&latch](Timestamp) -> Result<int> {
      latch.wait();
      return 0;
    });
  }

  std::int64_t count() {
    Connection reader({.file = folder.path() / "n.db"}, Access::read_only);
    return reader.query_integer("SELECT count(*) FROM numbers");
  }

  // Counts what it is told.
  struct Part final : TransactionPart {
    void before_commit() override { ++commits; }
    void rolled_back() noexcept override { ++rollbacks; }
    int commits = 0;
    int rollbacks = 0;
  };

  TemporaryFolder folder;
  SystemClock clock;
  StatementCatalog catalog{embedded_statements()};
  Connection connection{{.file = folder.path() / "n.db"}, Access::create};
  Part part;
  std::vector<CommitFigures> commits;
  std::optional<Writer> writer;
};

TEST_F(NumbersTable, what_waits_is_committed_together) {
  start();
  std::latch open(1);
  std::vector<boost::asio::awaitable<Result<int>>> all;
  all.push_back(hold(open));
  for (int i = 0; i < 100; ++i) all.push_back(add(i));
  all.push_back([](std::latch& latch) -> boost::asio::awaitable<Result<int>> {
    latch.count_down();
    co_return 0;
  }(open));
  EXPECT_THAT(run_all(std::move(all)), Each(testing::Property(&Result<int>::has_value, true)));
  writer->stop();
  EXPECT_EQ(count(), 100);
  EXPECT_LE(commits.size(), 3u);
}

TEST_F(NumbersTable, one_that_fails_among_many_spoils_nobody_else) {
  start();
  ok(add(7));
  std::latch open(1);
  std::vector<boost::asio::awaitable<Result<int>>> all;
  all.push_back(hold(open));
  for (int i = 0; i < 20; ++i) all.push_back(add(i));
  all.push_back([](std::latch& latch) -> boost::asio::awaitable<Result<int>> {
    latch.count_down();
    co_return 0;
  }(open));
  const auto answers = run_all(std::move(all));
  for (int i = 0; i < 20; ++i) {
    const auto& answer = answers[static_cast<std::size_t>(i) + 1];
    EXPECT_EQ(answer.has_value(), i != 7);
    if (i == 7) EXPECT_EQ(answer.error().code, ErrorCode::internal);
  }
  writer->stop();
  EXPECT_EQ(count(), 20);
  EXPECT_GE(part.rollbacks, 2);  // the batch, and the one alone
}

TEST_F(NumbersTable, one_more_than_may_wait_is_refused_at_once) {
  start({.waiting_max = 10});
  std::latch open(1);
  boost::asio::io_context io;
  int refused = 0;
  int done = 0;
  const auto count_answer = [&](const std::exception_ptr&, const Result<int>& answer) {
    ++done;
    if (answer) return;
    EXPECT_EQ(answer.error().code, ErrorCode::resource_exhausted);
    if (++refused == 5) open.count_down();  // while the others still wait
  };
  boost::asio::co_spawn(io, hold(open), count_answer);
  io.poll();
  while (writer->waiting() > 0) std::this_thread::yield();  // it holds the thread now, and no place
  for (int i = 0; i < 15; ++i) boost::asio::co_spawn(io, add(i), count_answer);
  io.restart();
  io.run();
  writer->stop();  // before the loop that it posts to
  EXPECT_EQ(done, 16);
  EXPECT_EQ(refused, 5);
}

TEST_F(NumbersTable, what_waits_when_it_stops_is_still_done_and_what_comes_later_is_not) {
  start();
  boost::asio::io_context io;
  int done = 0;
  for (int i = 0; i < 50; ++i)
    boost::asio::co_spawn(io, add(i), [&](const std::exception_ptr&, const Result<int>& answer) { done += answer.has_value(); });
  io.poll();
  writer->stop();
  io.restart();
  io.run();
  EXPECT_EQ(done, 50);
  EXPECT_EQ(count(), 50);
  EXPECT_EQ(code_of(add(99)), ErrorCode::unavailable);
  EXPECT_EQ(count(), 50);
}

TEST_F(NumbersTable, the_log_is_copied_into_the_file_so_that_it_stays_small) {
  start({.log_pages_max = 50});
  for (int i = 0; i < 200; ++i) ok(add(i));
  writer->stop();
  EXPECT_LT(std::filesystem::file_size(folder.path() / "n.db-wal"), 100u * 4200u);
  EXPECT_TRUE(std::ranges::any_of(commits, [](const CommitFigures& one) { return one.checkpoint.count() > 0; }));
}

TEST_F(NumbersTable, the_log_starts_anew_after_a_long_reader_has_gone) {
  start({.log_pages_max = 20, .log_pages_restart = 60});
  const auto log_size = [&] { return std::filesystem::file_size(folder.path() / "n.db-wal"); };
  std::uintmax_t while_read = 0;
  {
    Connection reader({.file = folder.path() / "n.db"}, Access::read_only);
    reader.execute("BEGIN");
    EXPECT_EQ(reader.query_integer("SELECT count(*) FROM numbers"), 0);
    for (int i = 0; i < 100; ++i) ok(add(i));
    EXPECT_EQ(reader.query_integer("SELECT count(*) FROM numbers"), 0);
    while_read = log_size();
    EXPECT_GT(while_read, 100u * 4096u);
  }
  for (int i = 100; i < 300; ++i) ok(add(i));
  EXPECT_LT(log_size(), 2 * while_read);
  EXPECT_EQ(count(), 300);
}

TEST_F(NumbersTable, threads_may_write_at_once) {
  start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([this, t] {
      for (int i = 0; i < 100; ++i) ok(add(t * 100 + i));
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(count(), 400);
}

}  // namespace
}  // namespace orc::sqlite
