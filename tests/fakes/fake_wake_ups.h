#pragma once

#include <memory>
#include <utility>

#include "ports/wake_up.h"
#include "tests/fakes/fake_signals.h"

namespace orc {

// FakeWakeUps wait in the simulated time of FakeSignals.
class FakeWakeUps final : public WakeUps {
 public:
  explicit FakeWakeUps(FakeSignals& signals) : signals_(signals) {}

  std::unique_ptr<WakeUp> make() override { return std::make_unique<One>(signals_); }

 private:
  class One final : public WakeUp {
   public:
    explicit One(FakeSignals& signals) : signals_(signals) {}
    void wake() override {
      if (!std::exchange(is_called_, true)) ++signals_.calls;
    }
    boost::asio::awaitable<void> wait(SteadyTime until) override {
      co_await signals_.wait(until, [this] { return is_called_; });
      is_called_ = false;
    }

   private:
    FakeSignals& signals_;
    bool is_called_ = false;
  };

  FakeSignals& signals_;
};

}  // namespace orc
