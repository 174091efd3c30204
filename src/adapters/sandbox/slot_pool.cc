#include "adapters/sandbox/slot_pool.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace orc {

namespace asio = boost::asio;

void SlotPool::Waiter::give_up() {
  gave_up_ = true;
  timer_.cancel();
}

void SlotPool::add(RunSlot slot) {
  free_.push_back(slots_.size());
  slots_.push_back(std::move(slot));
}

asio::awaitable<SlotPool::Lease> SlotPool::take(Waiter& waiter) {
  while (free_.empty() && !waiter.gave_up_) {
    waiting_.push_back(&waiter);
    waiter.timer_.expires_at(asio::steady_timer::time_point::max());
    [[maybe_unused]] const auto [woken] = co_await waiter.timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    std::erase(waiting_, &waiter);
  }
  if (waiter.gave_up_) {
    wake_next();  // it may have been our turn
    co_return Lease();
  }
  const std::size_t index = free_.back();
  free_.pop_back();
  co_return Lease(*this, index);
}

void SlotPool::put_back(std::size_t index) {
  free_.push_back(index);
  wake_next();
}

void SlotPool::wake_next() {
  if (free_.empty() || waiting_.empty()) return;
  waiting_.front()->timer_.cancel();
}

}  // namespace orc
