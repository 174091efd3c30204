#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "adapters/postgres/late_refusals.h"
#include "adapters/postgres/link.h"
#include "adapters/postgres/reading.h"
#include "adapters/postgres/store_options.h"
#include "adapters/system/store_patience.h"
#include "adapters/system/work_pool.h"

namespace orc::postgres {

// Readers runs reads on connections of their own, beside the writers, and changes that would hold a writer up. Thread-safe. Must end before
// the io_context whose coroutines it resumes. A read that takes too long is told so alone, and so is one that waits too long behind others.
// The reads of one request take no longer together than one may (StorePatience). While the server is away who comes is refused at once, but
// for one now and then that looks whether it is back.
class Readers {
 public:
  // The catalog and `late_refusals` must outlive it.
  Readers(const Destination& destination, const NamedSql& catalog, ReaderLimits limits, FaultObserver on_fault,
          const LateRefusals& late_refusals);

  // Runs `read(Reading&)` on a thread of the pool, and resumes on the caller's executor. `read` gives a Result, and may run more than once.
  // Errors: those of `read`; unavailable; resource_exhausted, if too many wait.
  template <typename Read>
  auto run(Read read) -> boost::asio::awaitable<std::invoke_result_t<Read&, Reading&>> {
    return run(std::move(read), std::chrono::milliseconds{0});
  }

  // The same, of what may take `longer`.
  template <typename Read>
  auto run(Read read, std::chrono::milliseconds longer) -> boost::asio::awaitable<std::invoke_result_t<Read&, Reading&>> {
    if (auto refused = still_away()) co_return std::unexpected(*refused);
    const StoreQuestion question(co_await boost::asio::this_coro::executor, limits_.answer_max, longer);
    const LateRefusals::Asking asking(late_refusals_);
    const auto deadline = question.deadline();
    co_return co_await pool_.run_before(deadline, [this, deadline, read = std::move(read)]() mutable { return run_here(read, deadline); });
  }

  // Runs `change(Transaction&)`, which gives a Result, likewise, in a transaction of its own that may take `longer` than a read. It may run
  // more than once. An error that it gives rolls the transaction back. Errors as above.
  template <typename Change>
  auto change(Change change, std::chrono::milliseconds longer) -> boost::asio::awaitable<std::invoke_result_t<Change&, Transaction&>> {
    if (auto refused = still_away()) co_return std::unexpected(*refused);
    const StoreQuestion question(co_await boost::asio::this_coro::executor, limits_.answer_max, longer);
    const LateRefusals::Asking asking(late_refusals_);
    const auto deadline = question.deadline();
    co_return co_await pool_.run_before(deadline,
                                        [this, deadline, change = std::move(change)]() mutable { return change_here(change, deadline); });
  }

  // Work that needs no database, off the caller's thread: `work` gives a Result.
  template <typename Work>
  auto offload(Work work) -> boost::asio::awaitable<std::invoke_result_t<Work&>> {
    return pool_.run(std::move(work));
  }

  // Tells those who wait for a thread and have hardly time left that they will not get one.
  void refuse_late();

  // Refuses what comes from now on and ends the threads. Safe twice.
  void stop() { pool_.stop(); }

 private:
  // A link that one thread of the pool has for itself.
  class Loan {
   public:
    explicit Loan(Readers& readers);
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan();
    Link* operator->() const { return link_.get(); }
    Link& operator*() const { return *link_; }

   private:
    Readers& readers_;
    std::unique_ptr<Link> link_;
  };

  template <typename Read>
  auto run_here(Read& read, SteadyTime deadline) -> std::invoke_result_t<Read&, Reading&> {
    if (auto refused = refusal(deadline)) return std::unexpected(*refused);
    const Loan link(*this);
    for (bool may_be_cut = true;; may_be_cut = false) {
      try {
        link->connect(deadline);
        Reading reading(link->connection(), deadline);
        auto answer = read(reading);
        note_back();
        return answer;
      } catch (const StorageFault& fault) {
        link->drop();
        // A connection may have been cut, long ago or just now; that of the second try is the truth.
        const bool is_away = fault.kind() == StorageFault::Kind::away;
        if (is_away && may_be_cut && std::chrono::steady_clock::now() < deadline) continue;
        return std::unexpected(told(*link, fault));
      }
    }
  }

  struct Refused {};

  template <typename Change>
  auto change_here(Change& change, SteadyTime deadline) -> std::invoke_result_t<Change&, Transaction&> {
    if (auto refused = refusal(deadline)) return std::unexpected(*refused);
    const Loan link(*this);
    std::optional<std::invoke_result_t<Change&, Transaction&>> answer;
    const auto work = [&](Transaction& transaction) {
      answer.emplace(change(transaction));
      if (!*answer) throw Refused{};
    };
    try {
      link->transact(work, deadline);
    } catch (const Refused&) {
      // It has its answer; nothing else has happened.
    } catch (const StorageFault& fault) {
      link->drop();
      return std::unexpected(told(*link, fault));
    }
    note_back();
    return std::move(*answer);
  }

  // What to say instead of reading, while the server is away. The second lets one caller through when it is time to look again, and refuses
  // who has waited for a thread so long that there is hardly time left.
  std::optional<Error> still_away();
  std::optional<Error> refusal(SteadyTime deadline);
  // What to say of a fault; notes it, if the server is away.
  Error told(Link& link, const StorageFault& fault);
  void note_away(Error error);
  void note_back();

  const ReaderLimits limits_;
  const FaultObserver on_fault_;
  const LateRefusals& late_refusals_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Link>> idle_;  // guarded by mutex_; as many as threads
  std::optional<Error> away_;                // guarded by mutex_
  SteadyTime look_again_at_{};               // guarded by mutex_
  std::atomic<bool> is_away_{false};

  WorkPool pool_;
};

}  // namespace orc::postgres
