#pragma once

#include <condition_variable>
#include <deque>
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

// PostgresJobSignals carries the hints of all processes that share a database: what happens here is told to those who wait here, by
// `local`, and to the others by NOTIFY, after the commit and not as part of it (docs/decisions/postgres_store.md); what the others tell is
// told to `local`. While the server is away it carries the hints of this process. Thread-safe. `local` outlives it; whoever waits does so
// on `local`.
class PostgresJobSignals final : public JobSignals {
 public:
  // `url` as in postgres::StoreOptions. Connects by itself, again and again.
  PostgresJobSignals(std::string url, JobSignals& local);
  ~PostgresJobSignals() override;
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

 private:
  struct Told {
    bool work = false;
    std::vector<JobId> ended;
  };

  // Ends that wait to be told; an older one is dropped for a newer one, as a hint that is late is worth least.
  static constexpr std::size_t ended_max = 10'000;

  void work();
  void serve(postgres::Connection& connection);
  void wait_for_something(int socket);
  void tell(postgres::Connection& connection, const Told& told);
  void hear(const std::string& payload);
  Told take_told();
  bool is_stopping() const;
  void set_connected(bool connected);

  const std::string url_;
  JobSignals& local_;
  const FileDescriptor wake_;  // an eventfd

  mutable std::mutex mutex_;
  Told told_;                  // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  bool is_connected_ = false;  // guarded by mutex_
  std::condition_variable changed_;

  std::thread thread_;
};

}  // namespace orc
