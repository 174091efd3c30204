#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "adapters/sqlite/callback_rows.h"
#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/deliberation_queries.h"
#include "adapters/sqlite/event_rows.h"
#include "adapters/sqlite/job_lists.h"
#include "adapters/sqlite/job_queries.h"
#include "adapters/sqlite/plugin_queries.h"
#include "adapters/sqlite/reference_queries.h"
#include "adapters/sqlite/storage_fault.h"
#include "adapters/sqlite/store_options.h"
#include "adapters/sqlite/user_queries.h"
#include "adapters/system/work_pool.h"

namespace orc::sqlite {

// ReadSession is one read-only connection with its prepared statements. Used by one thread at a time.
struct ReadSession {
  ReadSession(const FileOptions& file, const StatementCatalog& catalog);

  Connection connection;
  Statement begin;
  Statement end;
  JobQueries jobs;
  JobLists job_lists;
  PluginQueries plugins;
  UserQueries users;
  ReferenceQueries references;
  CallbackQueries callbacks;
  DeliberationQueries deliberations;
  EventQueries events;
};

// Readers runs reads on connections of their own, beside the writer. Each read sees everything that was committed before it, and one state
// throughout. Thread-safe. Must end before the io_context whose coroutines it resumes.
class Readers {
 public:
  // Throws StorageFault. The catalog must outlive it.
  Readers(const FileOptions& file, const StatementCatalog& catalog, ReaderLimits limits, FaultObserver on_fault);

  // Runs `read(session)` on the calling thread: for a few rows that are found by a key, some ten microseconds.
  // `read` gives a Result. Errors: those of `read`; unavailable.
  template <typename Read>
  auto here(Read read) -> std::invoke_result_t<Read&, ReadSession&> {
    const std::lock_guard lock(mutex_);
    return run(*here_, read);
  }

  // Runs `read(session)` on a thread of the pool: for many rows. Resumes on the caller's executor.
  // Errors: those of `read`; unavailable; resource_exhausted, if too many wait.
  template <typename Read>
  auto elsewhere(Read read) -> boost::asio::awaitable<std::invoke_result_t<Read&, ReadSession&>> {
    co_return co_await pool_.run([this, read = std::move(read)]() mutable {
      const Loan session(*this);
      return run(*session.get(), read);
    });
  }

  // Work that needs no database, off the caller's thread: `work` gives a Result.
  template <typename Work>
  auto offload(Work work) -> boost::asio::awaitable<std::invoke_result_t<Work&>> {
    return pool_.run(std::move(work));
  }

  // Refuses what comes from now on and ends the threads. Safe twice.
  void stop() { pool_.stop(); }

 private:
  // A session that one thread of the pool has for itself.
  class Loan {
   public:
    explicit Loan(Readers& readers);
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan();
    ReadSession* get() const { return session_.get(); }

   private:
    Readers& readers_;
    std::unique_ptr<ReadSession> session_;
  };

  // One transaction around it all, so that a total and its page agree.
  template <typename Read>
  auto run(ReadSession& session, Read& read) -> std::invoke_result_t<Read&, ReadSession&> {
    try {
      session.begin.execute();
      auto answer = read(session);
      session.end.execute();
      return answer;
    } catch (const StorageFault& fault) {
      session.connection.roll_back();
      if (on_fault_) on_fault_(fault.what());
      return std::unexpected(fault.to_error());
    }
  }

  const FaultObserver on_fault_;
  std::mutex mutex_;
  std::unique_ptr<ReadSession> here_;  // guarded by mutex_

  std::mutex idle_mutex_;
  std::vector<std::unique_ptr<ReadSession>> idle_;  // guarded by idle_mutex_; as many as threads

  WorkPool pool_;
};

}  // namespace orc::sqlite
