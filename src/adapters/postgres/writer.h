#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
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

#include "adapters/postgres/late_refusals.h"
#include "adapters/postgres/link.h"
#include "adapters/postgres/store_options.h"
#include "adapters/postgres/transaction.h"
#include "adapters/system/store_patience.h"
#include "domain/result.h"
#include "ports/clock.h"

namespace orc::postgres {

// Thrown by an operation whose answer is an error, to roll its transaction back. Alone in it, it has given that answer before; together
// with others it has not, and each of them is tried alone.
struct Refusal {};

// An error as the outcome of another type: a Result, or one with reasons of its own around the Error.
template <typename Outcome>
Outcome outcome_of(const Error& error) {
  if constexpr (std::is_same_v<typename Outcome::error_type, Error>) {
    return std::unexpected(error);
  } else {
    return std::unexpected(typename Outcome::error_type{.error = error});
  }
}

// Writer owns a connection that writes, and a thread. The thread takes everything that waits; what can be done together goes into one
// transaction and a few statements with arrays, the rest one by one; those who wait are resumed after the commit. Thread-safe. Must end
// before the io_context whose coroutines it resumes.
//
// A thread that rests is woken when the I/O thread has gone through what it has at hand and what that woke: what comes in one go is
// committed in one go, be it the ends of a worker's sixteen runs and its claim of the next ones, and on a quiet server nobody waits for
// that.
//
// Who collides with somebody's open transaction is told so alone: after a collision of a group each of it is tried by itself. Who takes too
// long likewise, with its group. The time that an operation has begins when it comes, so that on a slow server those behind a slow one are
// told in time too, however many they are; and the operations and reads of one request have no more together (StorePatience). When the
// server is away all that wait get `unavailable` at once, and so does who comes later, until an attempt to reach it succeeds. A commit
// whose answer was lost is looked up by the transaction's id before anybody is answered (link.h).
class Writer {
 public:
  Writer(const Destination& destination, const NamedSql& catalog, Clock& clock, WriterLimits limits, CommitObserver observer,
         FaultObserver on_fault, const LateRefusals& late_refusals);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();  // stop()

  class Waiting;

  // Operations of one kind that can share a transaction and its statements. On the writer's thread only.
  class Kind {
   public:
    virtual ~Kind() = default;
    // Whether several may come at once; else run() gets one.
    virtual bool is_shared() const { return true; }
    // Kinds that share a transaction come in this order in every process, so that none holds what a later one waits for.
    virtual int order() const { return 0; }
    // Does them all, and gives each its answer; the caller commits. May be called again for the same ones.
    virtual void run(Transaction& transaction, std::span<Waiting* const> operations, Timestamp now) = 0;
  };

  // What waits for a transaction. Borrows from the frame of the coroutine, which its `resume` owns. Keeps no count of work on the executor,
  // as co_spawn does that for the coroutine: such a count would be given back after the post, when the io_context may be gone.
  class Waiting {
   public:
    // `deadline`: when it must have its answer.
    Waiting(Kind* kind, std::size_t rows, SteadyTime deadline, const boost::asio::any_io_executor& executor)
        : kind_(kind), rows_(rows), deadline_(deadline), executor_(executor) {}
    virtual ~Waiting() = default;
    virtual void run(Transaction& transaction, Timestamp now) = 0;  // if it has no kind
    virtual void refuse(const Error& error) = 0;
    virtual void resume() = 0;  // on executor(), after it has an answer

    Kind* kind() const { return kind_; }
    std::size_t rows() const { return rows_; }
    const boost::asio::any_io_executor& executor() const { return executor_; }
    SteadyTime deadline() const { return deadline_; }

   private:
    Kind* const kind_;
    const std::size_t rows_;
    const SteadyTime deadline_;
    const boost::asio::any_io_executor executor_;
  };

  // One that is done together with others of its kind: what was asked, and where the answer goes.
  template <typename Request, typename Outcome>
  class Asked : public Waiting {
   public:
    Asked(Kind& kind, const Request& request, std::size_t rows, SteadyTime deadline, std::optional<Outcome>& answer,
          const boost::asio::any_io_executor& executor)
        : Waiting(&kind, rows, deadline, executor), request_(request), answer_(answer) {}
    void run(Transaction&, Timestamp) override {}
    void refuse(const Error& error) override { answer_.emplace(outcome_of<Outcome>(error)); }
    void answer(Outcome answer) { answer_.emplace(std::move(answer)); }
    const Request& request() const { return request_; }

   private:
    const Request& request_;
    std::optional<Outcome>& answer_;
  };

  // Runs `operation(transaction, now)`, which gives a Result, in a transaction of its own, and resumes on the caller's executor when it is
  // durable. It may run more than once, so it must be const. An error that it gives rolls the transaction back.
  // Errors: those of the operation; unavailable; resource_exhausted, at once, if too many wait.
  template <typename Operation>
  auto run(Operation operation) -> boost::asio::awaitable<std::invoke_result_t<const Operation&, Transaction&, Timestamp>> {
    using Answer = std::invoke_result_t<const Operation&, Transaction&, Timestamp>;
    std::optional<Answer> answer;
    const auto executor = co_await boost::asio::this_coro::executor;
    const StoreQuestion question(executor, limits_.answer_max, {});
    const LateRefusals::Asking asking(late_refusals_);
    auto start = [&](auto resume) {
      submit(std::make_unique<Single<Operation, Answer, decltype(resume)>>(operation, question.deadline(), answer, std::move(resume),
                                                                           executor));
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(start, boost::asio::use_awaitable);
    co_return std::move(*answer);
  }

  // Has `kind` do what `request` says, together with others. `rows` is about how many rows it writes. Errors as above.
  template <typename Outcome, typename Request>
  auto run_with(Kind& kind, Request request, std::size_t rows) -> boost::asio::awaitable<Outcome> {
    std::optional<Outcome> answer;
    const auto executor = co_await boost::asio::this_coro::executor;
    const StoreQuestion question(executor, limits_.answer_max, {});
    const LateRefusals::Asking asking(late_refusals_);
    auto start = [&](auto resume) {
      submit(std::make_unique<Shared<Request, Outcome, decltype(resume)>>(kind, request, rows, question.deadline(), answer,
                                                                          std::move(resume), executor));
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(start, boost::asio::use_awaitable);
    co_return std::move(*answer);
  }

  // Operations that wait for a transaction.
  std::size_t waiting() const;

  // Tells those who wait for a transaction and have hardly time left that theirs will not come. From any thread.
  void refuse_late();

  // Finishes what waits, refuses what comes afterwards with unavailable, and ends the thread. Safe twice.
  void stop();

 private:
  template <typename Operation, typename Answer, typename Resume>
  class Single final : public Waiting {
   public:
    Single(const Operation& operation, SteadyTime deadline, std::optional<Answer>& answer, Resume resume,
           const boost::asio::any_io_executor& executor)
        : Waiting(nullptr, 1, deadline, executor), operation_(operation), answer_(answer), resume_(std::move(resume)) {}
    void run(Transaction& transaction, Timestamp now) override {
      answer_.emplace(operation_(transaction, now));
      if (!*answer_) throw Refusal{};
    }
    void refuse(const Error& error) override { answer_.emplace(std::unexpected(error)); }
    void resume() override { std::move(resume_)(); }

   private:
    const Operation& operation_;
    std::optional<Answer>& answer_;
    Resume resume_;
  };

  template <typename Request, typename Outcome, typename Resume>
  class Shared final : public Asked<Request, Outcome> {
   public:
    Shared(Kind& kind, const Request& request, std::size_t rows, SteadyTime deadline, std::optional<Outcome>& answer, Resume resume,
           const boost::asio::any_io_executor& executor)
        : Asked<Request, Outcome>(kind, request, rows, deadline, answer, executor), resume_(std::move(resume)) {}
    void resume() override { std::move(resume_)(); }

   private:
    Resume resume_;
  };

  using Batch = std::vector<std::unique_ptr<Waiting>>;

  void submit(std::unique_ptr<Waiting> waiting);
  void work();
  Batch take_batch();
  void commit(Batch batch);
  // How a transaction went. Not at all: refused, with an answer given already if it was for one; or failed, for all in it.
  struct Ending {
    bool is_refused = false;
    std::optional<StorageFault> fault;
  };

  void note_duration(SteadyTime::duration duration) { lately_ = {lately_[1], duration}; }
  bool has_time(const Waiting& one) const;
  SteadyTime deadline_of(std::span<Waiting* const> operations) const;
  void commit_group(Batch group, CommitFigures& figures);
  void commit_alone(Batch operations, int tries_max, CommitFigures& figures);
  Ending commit_together(std::span<Waiting* const> operations, int tries_max);
  static void run_kinds(Transaction& transaction, std::span<Waiting* const> operations, Timestamp now);
  Error told(const StorageFault& fault) const;
  std::optional<Error> away() const;
  void note_away(const std::optional<Error>& away);
  static void answer(Batch batch);

  Clock& clock_;
  const WriterLimits limits_;
  const CommitObserver observer_;
  const FaultObserver on_fault_;
  const LateRefusals& late_refusals_;

  // Used by the thread only.
  Link link_;
  // What the last two transactions took that came to their end, or to that of their time. As long as the shorter one the next may take.
  std::array<SteadyTime::duration, 2> lately_{};

  // Shared with who is to ring it later, and may come to that when the writer is gone.
  const std::shared_ptr<std::condition_variable> changed_ = std::make_shared<std::condition_variable>();
  mutable std::mutex mutex_;
  Batch waiting_;              // guarded by mutex_
  std::optional<Error> away_;  // guarded by mutex_; what to tell who comes while the server is away
  bool stopping_ = false;      // guarded by mutex_

  std::thread thread_;
};

}  // namespace orc::postgres
