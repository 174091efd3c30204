#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <vector>

#include "adapters/sandbox/sandbox_host.h"

namespace orc {

// SlotPool hands out slots, first come first served. All on one executor that runs one handler at a time.
class SlotPool {
 public:
  // Somebody who waits for a slot, or may be about to.
  class Waiter {
   public:
    explicit Waiter(const boost::asio::any_io_executor& executor) : timer_(executor) {}
    // Makes take() give up, now or later.
    void give_up();

   private:
    friend class SlotPool;
    boost::asio::steady_timer timer_;
    bool gave_up_ = false;
  };

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

  void add(RunSlot slot);

  // An empty lease: the waiter gave up.
  boost::asio::awaitable<Lease> take(Waiter& waiter);

 private:
  void put_back(std::size_t index);
  void wake_next();

  std::vector<RunSlot> slots_;  // constant once runs start
  std::vector<std::size_t> free_;
  std::deque<Waiter*> waiting_;  // each is in take()
};

}  // namespace orc
