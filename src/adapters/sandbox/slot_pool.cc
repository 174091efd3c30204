#include "adapters/sandbox/slot_pool.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

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
  if (waiter.gave_up_) co_return Lease();
  if (!free_.empty()) {
    const std::size_t index = free_.back();
    free_.pop_back();
    co_return Lease(*this, index);
  }
  waiting_.push_back(&waiter);
  // It may also be destroyed while it waits.
  const std::unique_ptr<Waiter, std::function<void(Waiter*)>> in_line(&waiter, [this](Waiter* one) { std::erase(waiting_, one); });
  while (!waiter.given_ && !waiter.gave_up_) {
    waiter.timer_.expires_at(asio::steady_timer::time_point::max());
    [[maybe_unused]] const auto [woken] = co_await waiter.timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  if (waiter.gave_up_) {
    waiter.given_.reset();  // it may have been our turn
    co_return Lease();
  }
  co_return std::move(*waiter.given_);
}

// The slot is the next one's from now on, whoever else comes before that one has resumed.
void SlotPool::put_back(std::size_t index) {
  if (waiting_.empty()) {
    free_.push_back(index);
    return;
  }
  Waiter& next = *waiting_.front();
  waiting_.pop_front();
  next.given_.emplace(*this, index);
  next.timer_.cancel();
}

}  // namespace orc
