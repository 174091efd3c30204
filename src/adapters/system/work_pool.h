#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "domain/result.h"
#include "domain/time.h"

namespace orc {

struct WorkPoolSize {
  std::size_t threads = 2;
  std::size_t waiting_max = 32;  // beyond those that run
};

// WorkPool runs what would block the I/O thread (bcrypt, files, packages) on a few threads of its own, with a bounded queue.
// Thread-safe. Must end before the io_context whose coroutines it resumes.
class WorkPool {
 public:
  // `name` tells people which limit was reached: "too many password checks are waiting (32)".
  WorkPool(std::string name, WorkPoolSize size);
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;
  // What runs is finished; what waits is answered with unavailable.
  ~WorkPool();

  // Runs `work` on a thread of the pool and resumes on the caller's executor with its answer, a Result. `work` must not throw.
  // Errors: those of `work`; resource_exhausted, at once, if the queue is full; unavailable, if the pool ends first.
  template <typename Work>
  auto run(Work work) -> boost::asio::awaitable<std::invoke_result_t<Work&>> {
    return run_before(SteadyTime::max(), std::move(work));
  }

  // The same; refuse_late() may refuse it while it waits for a thread.
  template <typename Work>
  auto run_before(SteadyTime deadline, Work work) -> boost::asio::awaitable<std::invoke_result_t<Work&>> {
    using Answer = std::invoke_result_t<Work&>;
    if (!take_place()) co_return full();
    const auto executor = co_await boost::asio::this_coro::executor;
    std::optional<Answer> answer;
    auto start = [this, deadline, &work, &answer, executor](auto resume) {
      submit(std::make_unique<Waiting<Work, Answer, decltype(resume)>>(deadline, work, answer, std::move(resume), executor));
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(start, boost::asio::use_awaitable);
    co_return std::move(*answer);
  }

  // Tells those who wait for a thread and had to be answered before `moment` that they are not. From any thread.
  void refuse_late(SteadyTime moment, const Error& error);

  // How many wait for a thread now.
  std::size_t waiting() const;

  // Ends the pool as the destructor does; a later run() is refused. Safe twice.
  void stop();

 private:
  struct Task {
    explicit Task(SteadyTime before) : deadline(before) {}
    virtual ~Task() = default;
    virtual void run() = 0;
    virtual void refuse(Error error) = 0;
    virtual void go_on() = 0;  // after one of the two: resumes who waits

    const SteadyTime deadline;
  };

  // Lives in the queue and borrows `work` and `answer` from the coroutine's frame, which its `resume` owns. Keeps no count of work on the
  // executor, as co_spawn does that for the coroutine: such a count would be given back after the post, when the io_context may be gone.
  template <typename Work, typename Answer, typename Resume>
  class Waiting final : public Task {
   public:
    Waiting(SteadyTime deadline, Work& work, std::optional<Answer>& answer, Resume resume, const boost::asio::any_io_executor& executor)
        : Task(deadline), work_(work), answer_(answer), resume_(std::move(resume)), executor_(executor) {}
    void run() override { answer_.emplace(work_()); }
    void refuse(Error error) override { answer_.emplace(std::unexpected(std::move(error))); }
    void go_on() override {
      boost::asio::post(executor_, [resume = std::move(resume_)]() mutable { std::move(resume)(); });
    }

   private:
    Work& work_;
    std::optional<Answer>& answer_;
    Resume resume_;
    boost::asio::any_io_executor executor_;
  };

  bool take_place();
  std::unexpected<Error> full() const;
  void submit(std::unique_ptr<Task> task);
  static void refuse(Task& task, const Error& error);
  void work();

  const std::string name_;
  const WorkPoolSize size_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Task>> tasks_;  // guarded by mutex_
  std::size_t places_ = 0;                   // guarded by mutex_; tasks that wait, run or are about to be submitted
  bool stopping_ = false;                    // guarded by mutex_

  std::vector<std::thread> threads_;  // constant between construction and stop()
};

}  // namespace orc
