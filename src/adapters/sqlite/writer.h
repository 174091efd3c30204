#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/storage_fault.h"
#include "adapters/sqlite/store_options.h"
#include "adapters/sqlite/transaction_part.h"
#include "domain/result.h"
#include "ports/clock.h"

namespace orc::sqlite {

// Writer owns the only connection that writes. Its thread takes everything that waits, runs it in one transaction, commits, and only then
// resumes those who wait: one sync of the disk for all of them. Thread-safe. Must end before the io_context whose coroutines it resumes.
//
// An operation checks first and writes afterwards, so that one which gives an error has written nothing. If SQLite itself refuses a
// statement, the transaction is rolled back and its operations run again one by one, so that only the faulty one gets an error. When the
// disk is full or away all of them get `unavailable`; the next transaction tries again. When a sync fails the process ends: nobody knows
// what the disk holds then, and a second sync would lie (docs/decisions/sqlite_store.md).
class Writer {
 public:
  // The connection, the catalog and the parts must outlive the writer, and nobody else uses them until it has ended.
  Writer(Connection& connection, const StatementCatalog& catalog, Clock& clock, std::vector<TransactionPart*> parts, WriterLimits limits,
         CommitObserver observer, FaultObserver on_fault);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();  // stop()

  // Runs `operation(now)`, which gives a Result, in the next transaction and resumes on the caller's executor when it is durable. It may
  // run more than once, so it must be const. `rows` is about how many rows it writes. Errors: those of the operation; unavailable;
  // resource_exhausted, at once, if too many wait.
  template <typename Operation>
  auto run(Operation operation, std::size_t rows = 1) -> boost::asio::awaitable<std::invoke_result_t<const Operation&, Timestamp>> {
    using Answer = std::invoke_result_t<const Operation&, Timestamp>;
    std::optional<Answer> answer;
    const auto executor = co_await boost::asio::this_coro::executor;
    auto start = [&](auto resume) {
      submit(std::make_unique<Asked<Operation, Answer, decltype(resume)>>(operation, rows, answer, std::move(resume), executor));
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(start, boost::asio::use_awaitable);
    co_return std::move(*answer);
  }

  // Operations that wait for a transaction.
  std::size_t waiting() const;

  // Finishes what waits, refuses what comes afterwards with unavailable, and ends the thread. Safe twice.
  void stop();

 private:
  // One operation that waits. Borrows from the frame of the coroutine, which its `resume` owns. Keeps no count of work on the executor, as
  // co_spawn does that for the coroutine: such a count would be given back after the post, when the io_context may be gone.
  class Waiting {
   public:
    Waiting(std::size_t rows, const boost::asio::any_io_executor& executor) : rows_(rows), executor_(executor) {}
    virtual ~Waiting() = default;
    virtual void run(Timestamp now) = 0;
    virtual void refuse(const Error& error) = 0;
    virtual void resume() = 0;  // on executor(), after run() or refuse()

    std::size_t rows() const { return rows_; }
    const boost::asio::any_io_executor& executor() const { return executor_; }

   private:
    const std::size_t rows_;
    const boost::asio::any_io_executor executor_;
  };

  template <typename Operation, typename Answer, typename Resume>
  class Asked final : public Waiting {
   public:
    Asked(const Operation& operation, std::size_t rows, std::optional<Answer>& answer, Resume resume,
          const boost::asio::any_io_executor& executor)
        : Waiting(rows, executor), operation_(operation), answer_(answer), resume_(std::move(resume)) {}
    void run(Timestamp now) override { answer_.emplace(operation_(now)); }
    void refuse(const Error& error) override { answer_.emplace(std::unexpected(error)); }
    void resume() override { std::move(resume_)(); }

   private:
    const Operation& operation_;
    std::optional<Answer>& answer_;
    Resume resume_;
  };

  using Batch = std::vector<std::unique_ptr<Waiting>>;

  void submit(std::unique_ptr<Waiting> waiting);
  void work();
  Batch take_batch();
  void commit(Batch batch);
  std::optional<StorageFault> try_commit(std::span<const std::unique_ptr<Waiting>> operations);
  void roll_back() noexcept;
  void checkpoint_if_due(CommitFigures& figures);
  static void answer(Batch batch);

  // Used by the thread only.
  Connection& connection_;
  Clock& clock_;
  const std::vector<TransactionPart*> parts_;
  const WriterLimits limits_;
  const CommitObserver observer_;
  const FaultObserver on_fault_;
  Statement begin_;
  Statement commit_;
  int restart_at_;  // pages in the log

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Batch waiting_;          // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_

  std::thread thread_;
};

}  // namespace orc::sqlite
