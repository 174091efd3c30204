#include "tests/simulation/simulated_process.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "domain/assert.h"
#include "tests/fakes/fake_clock.h"

namespace orc::simulation {
namespace {

constexpr Span switch_min{1};  // from a wake-up to the coroutine that it wakes
constexpr Span switch_max{40};

}  // namespace

// What events in the future may still refer to when the process is gone.
class SimulatedProcess::Core : public std::enable_shared_from_this<Core> {
 public:
  using Place = std::uint64_t;

  Core(SimulatedTime& time, Dice& dice) : time_(time), dice_(dice) {}

  void run(Event event) {
    if (!is_alive) return;
    if (is_paused)
      missed_.push_back(std::move(event));
    else
      event();
  }

  void at(SteadyTime moment, Event event) {
    time_.at(moment, [core = shared_from_this(), event = std::move(event)]() mutable { core->run(std::move(event)); });
  }

  // Rests the coroutine that awaits this at `place` until somebody calls it, or until `until`.
  boost::asio::awaitable<void> rest(Place place, SteadyTime until) {
    if (until != SteadyTime::max()) call_at(place, until);
    const auto keep = [this, place](auto coroutine) {
      resting_.emplace(place, [waiting = std::move(coroutine)]() mutable { std::move(waiting)(); });
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(keep, boost::asio::use_awaitable);
  }

  void call_at(Place place, SteadyTime moment) {
    at(moment, [this, place] {
      if (const auto found = resting_.extract(place)) found.mapped()();
    });
  }
  void call_soon(Place place) { call_at(place, time_.now() + dice_.between(switch_min, switch_max)); }

  Place new_place() { return ++places_; }

  void kill() {
    is_alive = false;
    missed_.clear();
    const auto dropped = std::exchange(resting_, {});
  }

  void go_on() {
    is_paused = false;
    // In their order, each as a thing of its own: coroutines run in between.
    for (Event& event : std::exchange(missed_, {})) at(time_.now(), std::move(event));
  }

  bool is_alive = true;
  bool is_paused = false;

 private:
  SimulatedTime& time_;
  Dice& dice_;
  std::map<Place, Event> resting_;
  std::deque<Event> missed_;
  Place places_ = 0;
};

class SimulatedProcess::One final : public WakeUp {
 public:
  explicit One(std::shared_ptr<Core> core) : core_(std::move(core)) {}

  void wake() override {
    is_called_ = true;
    if (place_ != 0) core_->call_soon(std::exchange(place_, 0));
  }

  boost::asio::awaitable<void> wait(SteadyTime until) override {
    const Core::Place place = core_->new_place();
    if (is_called_)
      core_->call_soon(place);
    else
      place_ = place;
    co_await core_->rest(place, is_called_ ? SteadyTime::max() : until);
    place_ = 0;
    is_called_ = false;
  }

 private:
  const std::shared_ptr<Core> core_;
  Core::Place place_ = 0;  // 0: nobody waits
  bool is_called_ = false;
};

SimulatedProcess::SimulatedProcess(SimulatedTime& time, Dice& dice, WallClock& wall, std::string name)
    : time_(time), wall_(wall), name_(std::move(name)), core_(std::make_shared<Core>(time, dice)) {}

SimulatedProcess::~SimulatedProcess() { ORC_ASSERT(!core_->is_alive); }

Timestamp SimulatedProcess::now() { return FakeClock::start + time_.passed() + wall_.wrong_by; }
SteadyTime SimulatedProcess::steady_now() { return time_.now(); }
std::unique_ptr<WakeUp> SimulatedProcess::make() { return std::make_unique<One>(core_); }

void SimulatedProcess::after(Span delay, Event event) { core_->at(time_.now() + delay, std::move(event)); }

void SimulatedProcess::start(boost::asio::awaitable<void> coroutine) {
  boost::asio::co_spawn(time_.loop(), std::move(coroutine), boost::asio::detached);
}

boost::asio::awaitable<void> SimulatedProcess::rest(Span time) {
  const auto core = core_;
  co_await core->rest(core->new_place(), time_.now() + time);
}

void SimulatedProcess::kill() {
  time_.trace.note(time_.passed(), name_, "killed");
  core_->kill();
}

void SimulatedProcess::pause() {
  time_.trace.note(time_.passed(), name_, "paused");
  core_->is_paused = true;
}

void SimulatedProcess::go_on() {
  time_.trace.note(time_.passed(), name_, "goes on");
  core_->go_on();
}

bool SimulatedProcess::is_alive() const { return core_->is_alive; }
bool SimulatedProcess::is_paused() const { return core_->is_paused; }

}  // namespace orc::simulation
