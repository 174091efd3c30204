#include "adapters/system/in_process_job_signals.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "domain/assert.h"

namespace orc {
namespace {

// Takes an entry out of a container when the coroutine that waits ends, however it ends.
template <typename Leave>
class AtEnd {
 public:
  explicit AtEnd(Leave leave) : leave_(std::move(leave)) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() { leave_(); }

 private:
  Leave leave_;
};

}  // namespace

// One coroutine that waits. Its timer is touched on its own executor only.
class InProcessJobSignals::Sleeper : public std::enable_shared_from_this<Sleeper> {
 public:
  Sleeper(const boost::asio::any_io_executor& executor, SteadyTime until) : timer_(executor, until) {}

  boost::asio::awaitable<void> sleep() {
    boost::system::error_code ended;  // woken or timed out: the caller looks into the store in either case
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
  }

  // From any thread.
  void wake() {
    boost::asio::post(timer_.get_executor(), [self = shared_from_this()] { self->timer_.cancel(); });
  }

 private:
  boost::asio::steady_timer timer_;
};

class InProcessJobSignals::RegisteredWatch final : public Watch {
 public:
  RegisteredWatch(InProcessJobSignals& signals, JobId id, std::shared_ptr<Callback> callback)
      : signals_(signals), id_(id), callback_(std::move(callback)) {}
  ~RegisteredWatch() override {
    const std::lock_guard lock(signals_.mutex_);
    const auto [first, last] = signals_.watches_.equal_range(id_);
    const auto own = std::find_if(first, last, [this](const auto& entry) { return entry.second == callback_; });
    if (own != last) signals_.watches_.erase(own);
  }

 private:
  InProcessJobSignals& signals_;
  const JobId id_;
  const std::shared_ptr<Callback> callback_;
};

InProcessJobSignals::InProcessJobSignals() = default;

InProcessJobSignals::~InProcessJobSignals() { ORC_ASSERT(watches_.empty()); }

void InProcessJobSignals::work_arrived() {
  const std::lock_guard lock(mutex_);
  ++work_hints_;
  for (const auto& sleeper : work_sleepers_) sleeper->wake();
  work_sleepers_.clear();
}

void InProcessJobSignals::job_ended(JobId id) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = end_sleepers_.equal_range(id);
  if (first == last) {
    recent_ends_[next_recent_++ % recent_ends_.size()] = id;
  } else {
    for (auto entry = first; entry != last; ++entry) entry->second->wake();
    end_sleepers_.erase(first, last);
  }
  // Under the lock, so that no callback starts after its watch was destroyed on another thread.
  const auto [from, to] = watches_.equal_range(id);
  for (auto entry = from; entry != to; ++entry) entry->second->on_end();
}

std::uint64_t InProcessJobSignals::work_hints() {
  const std::lock_guard lock(mutex_);
  return work_hints_;
}

boost::asio::awaitable<void> InProcessJobSignals::wait_for_work(std::uint64_t seen, SteadyTime until) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto sleeper = std::make_shared<Sleeper>(executor, until);
  {
    const std::lock_guard lock(mutex_);
    if (work_hints_ > seen) co_return;
    work_sleepers_.push_back(sleeper);
  }
  const AtEnd leave([this, &sleeper] {
    const std::lock_guard lock(mutex_);
    std::erase(work_sleepers_, sleeper);
  });
  co_await sleeper->sleep();
}

std::unique_ptr<JobSignals::Watch> InProcessJobSignals::watch(JobId id, std::function<void()> on_end) {
  auto callback = std::make_shared<Callback>(Callback{std::move(on_end)});
  const std::lock_guard lock(mutex_);
  watches_.emplace(id, callback);
  return std::make_unique<RegisteredWatch>(*this, id, std::move(callback));
}

bool InProcessJobSignals::take_recent_end(JobId id) {
  const auto found = std::ranges::find(recent_ends_, id);
  if (found == recent_ends_.end()) return false;
  *found = JobId{};
  return true;
}

boost::asio::awaitable<void> InProcessJobSignals::wait_for_end(JobId id, SteadyTime until) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto sleeper = std::make_shared<Sleeper>(executor, until);
  {
    const std::lock_guard lock(mutex_);
    if (take_recent_end(id)) co_return;
    end_sleepers_.emplace(id, sleeper);
  }
  const AtEnd leave([this, id, &sleeper] {
    const std::lock_guard lock(mutex_);
    const auto [first, last] = end_sleepers_.equal_range(id);
    const auto own = std::find_if(first, last, [&](const auto& entry) { return entry.second == sleeper; });
    if (own != last) end_sleepers_.erase(own);
  });
  co_await sleeper->sleep();
}

}  // namespace orc
