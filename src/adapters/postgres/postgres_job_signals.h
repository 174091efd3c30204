#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/system/file_descriptor.h"
#include "ports/job_signals.h"

namespace orc {

namespace postgres {
class Connection;
}

// What is told about the database as a whole, on the thread of PostgresJobSignals; each must be short.
struct SharedStoreObserver {
  std::function<void()> users_changed;    // any of them or of their keys was changed or removed, by whomever; or that may have been missed
  std::function<void()> plugins_changed;  // likewise
  // Everything that was changed before that moment has been told by the above.
  std::function<void(SteadyTime)> heard_until;
  std::function<void()> lost;  // the server cannot be heard any more
};

// PostgresJobSignals carries the hints of all processes that share a database: what happens here is told to those who wait here, by
// `local`, and to the others by NOTIFY, after the commit and not as part of it (docs/decisions/postgres_store.md); what the others tell is
// told to `local`, on the executor that it was made with. While the server is away it carries the hints of this process. Thread-safe;
// whoever waits does so on `local`.
class PostgresJobSignals final : public JobSignals {
 public:
  // `url` as in postgres::StoreOptions. Connects by itself, again and again. `local` outlives it, and is not gone before the executor has
  // run or dropped what was posted.
  PostgresJobSignals(std::string url, JobSignals& local, boost::asio::any_io_executor executor, SharedStoreObserver observer);
  ~PostgresJobSignals() override;  // stop()
  PostgresJobSignals(const PostgresJobSignals&) = delete;
  PostgresJobSignals& operator=(const PostgresJobSignals&) = delete;

  void work_arrived() override;
  void job_ended(JobId id) override;
  std::uint64_t work_hints() override { return local_.work_hints(); }
  boost::asio::awaitable<void> wait_for_work(std::uint64_t seen, SteadyTime until) override { return local_.wait_for_work(seen, until); }
  [[nodiscard]] std::unique_ptr<Watch> watch(JobId id, std::function<void()> on_end) override {
    return local_.watch(id, std::move(on_end));
  }
  boost::asio::awaitable<void> wait_for_end(JobId id, SteadyTime until) override { return local_.wait_for_end(id, until); }

  // Whether the server hears us now; for tests and for the readiness.
  bool is_connected() const;

  // Tells what there is to tell, and ends the thread. What happens later is told to this process only. Safe twice.
  void stop();

 private:
  struct Told {
    bool work = false;
    std::vector<JobId> ended;
  };

  // Ends that wait to be told; an older one is dropped for a newer one, as a hint that is late is worth least.
  static constexpr std::size_t ended_max = 10'000;

  void work();
  void begin(postgres::Connection& connection);
  void serve(postgres::Connection& connection);
  void listen(postgres::Connection& connection);
  void wait_for_something(int socket);
  void tell(postgres::Connection& connection, const Told& told);
  void hear(const std::string& payload);
  void hear_ends(std::string_view ids);
  Told take_told();
  bool is_stopping() const;
  void set_connected(bool connected);

  const std::string url_;
  JobSignals& local_;
  const boost::asio::any_io_executor executor_;
  const SharedStoreObserver observer_;
  const FileDescriptor wake_;  // an eventfd

  mutable std::mutex mutex_;
  Told told_;                  // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  bool is_connected_ = false;  // guarded by mutex_
  std::condition_variable changed_;

  std::thread thread_;
};

}  // namespace orc
