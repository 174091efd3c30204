#include "adapters/http/running_coroutines.h"

#include <boost/asio/co_spawn.hpp>

#include "adapters/system/store_patience.h"

namespace orc {

void RunningCoroutines::launch(boost::asio::awaitable<void> coroutine, std::shared_ptr<void> owner) {
  {
    const std::scoped_lock lock(mutex_);
    ++running_;
  }
  const PatientExecutor executor(io_, std::make_shared<StorePatience>());
  boost::asio::co_spawn(executor, std::move(coroutine),
                        [this, owner = std::move(owner)](const std::exception_ptr& failure) { ended(failure); });
}

void RunningCoroutines::ended(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
  const std::scoped_lock lock(mutex_);
  --running_;
  if (running_ == 0) none_runs_.notify_all();
}

bool RunningCoroutines::have_ended_by(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return none_runs_.wait_until(lock, deadline, [this] { return running_ == 0; });
}

}  // namespace orc
