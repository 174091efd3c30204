#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "adapters/sandbox/sandbox_host.h"

namespace orc {

// SlotPool hands out slots, first come first served. All on one executor that runs one handler at a time.
class SlotPool {
 public:
  // Gives its slot back at the end of its life.
  class Lease {
   public:
    Lease() = default;
    Lease(SlotPool& pool, std::size_t index) : pool_(&pool), index_(index) {}
    Lease(Lease&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), index_(other.index_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->put_back(index_);
    }
    explicit operator bool() const { return pool_ != nullptr; }
    RunSlot& slot() const { return pool_->slots_[index_]; }

   private:
    SlotPool* pool_ = nullptr;
    std::size_t index_ = 0;
  };

  // Somebody who waits for a slot, or may be about to; for one take().
  class Waiter {
   public:
    explicit Waiter(const boost::asio::any_io_executor& executor) : timer_(executor) {}
    // Makes take() give up, now or later.
    void give_up();

   private:
    friend class SlotPool;
    boost::asio::steady_timer timer_;
    std::optional<Lease> given_;  // until take() goes on
    bool gave_up_ = false;
  };

  void add(RunSlot slot);

  // An empty lease: the waiter gave up.
  boost::asio::awaitable<Lease> take(Waiter& waiter);

 private:
  void put_back(std::size_t index);

  std::vector<RunSlot> slots_;  // constant once runs start
  std::vector<std::size_t> free_;
  std::deque<Waiter*> waiting_;  // each is in take() and was given nothing; empty while a slot is free
};

}  // namespace orc
