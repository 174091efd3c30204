#include "adapters/model_stub/tick_wheel.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace orc {
namespace {

// The first tick that is not over before `moment`.
std::int64_t tick_of(SteadyTime moment) { return std::chrono::ceil<TickWheel::Ticks>(moment.time_since_epoch()).count(); }

}  // namespace

boost::asio::awaitable<void> TickWheel::rest(Rest& rest, SteadyTime until) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      [this, &rest, until](auto handler) {
        rest.resume_ = std::move(handler);
        add(rest, until);
      },
      boost::asio::use_awaitable);
}

void TickWheel::add(Rest& rest, SteadyTime until) {
  rest.tick_ = std::max(tick_of(until), last_rung_ + 1);
  ticks_[rest.tick_].push_back(rest);
  arm();
}

void TickWheel::wake(Rest& rest) {
  if (!rest.is_linked()) return;
  rest.unlink();
  boost::asio::post(timer_.get_executor(), std::move(rest.resume_));
  if (const auto left = ticks_.find(rest.tick_); left != ticks_.end() && left->second.empty()) ticks_.erase(left);
  if (ticks_.empty()) {
    armed_for_ = 0;
    timer_.cancel();
  }
}

void TickWheel::wake_all() {
  while (!ticks_.empty()) wake(ticks_.begin()->second.front());
}

void TickWheel::arm() {
  if (ticks_.empty()) return;
  const std::int64_t next = ticks_.begin()->first;
  if (armed_for_ != 0 && armed_for_ <= next) return;
  armed_for_ = next;
  timer_.expires_at(SteadyTime(Ticks(next)));
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) ring();
  });
}

void TickWheel::ring() {
  armed_for_ = 0;
  last_rung_ = std::chrono::floor<Ticks>(std::chrono::steady_clock::now().time_since_epoch()).count();
  while (!ticks_.empty() && ticks_.begin()->first <= last_rung_) {
    Resting due;
    due.swap(ticks_.begin()->second);
    ticks_.erase(ticks_.begin());
    while (!due.empty()) {
      Rest& first = due.front();
      due.pop_front();
      // May rest again, or be gone afterwards.
      std::exchange(first.resume_, nullptr)();
    }
  }
  arm();
}

}  // namespace orc
