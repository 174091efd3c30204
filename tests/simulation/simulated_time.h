#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <vector>

#include "domain/time.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/trace.h"

namespace orc::simulation {

using Event = std::move_only_function<void()>;

// SimulatedTime is the one thread of a simulated world: events at moments, in order; between two of them every coroutine runs until it
// rests. No real time passes. Nothing in here is ever early, late or at random, so a run repeats itself.
class SimulatedTime {
 public:
  explicit SimulatedTime(Trace& its_trace) : trace(its_trace) {}
  SimulatedTime(const SimulatedTime&) = delete;
  SimulatedTime& operator=(const SimulatedTime&) = delete;

  SteadyTime now() const { return now_; }
  std::chrono::milliseconds passed() const { return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - start); }
  boost::asio::io_context& loop() { return loop_; }

  // Events of the same moment happen in the order in which they were asked for.
  void at(SteadyTime moment, Event event);
  void after(Span delay, Event event) { at(now_ + delay, std::move(event)); }

  // Until `end`, or until `is_over` says so after an event.
  void run_until(SteadyTime end, const std::function<bool()>& is_over);

  // Lets the coroutines that were called or dropped run or unwind.
  void settle();

  void forget_all() { events_.clear(); }
  std::uint64_t events() const { return happened_; }

  static constexpr SteadyTime start{std::chrono::hours{1}};
  Trace& trace;

 private:
  struct Planned {
    SteadyTime moment;
    std::uint64_t turn;
    Event event;
    // For a heap that has the earliest on top.
    bool operator<(const Planned& other) const { return moment != other.moment ? moment > other.moment : turn > other.turn; }
  };

  boost::asio::io_context loop_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_{loop_.get_executor()};
  std::vector<Planned> events_;
  SteadyTime now_ = start;
  std::uint64_t turn_ = 0;
  std::uint64_t happened_ = 0;
};

}  // namespace orc::simulation
