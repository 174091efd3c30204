#include "adapters/system/asio_wake_ups.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace orc {
namespace {

// What a call that is under way keeps alive. Touched on the executor only.
struct Alarm {
  explicit Alarm(const boost::asio::any_io_executor& executor) : timer(executor) {}
  boost::asio::steady_timer timer;
  bool is_called = false;
};

class AsioWakeUp final : public WakeUp {
 public:
  explicit AsioWakeUp(const boost::asio::any_io_executor& executor) : alarm_(std::make_shared<Alarm>(executor)) {}

  void wake() override {
    boost::asio::post(alarm_->timer.get_executor(), [alarm = alarm_] {
      alarm->is_called = true;
      alarm->timer.cancel();
    });
  }

  boost::asio::awaitable<void> wait(SteadyTime until) override {
    const auto alarm = alarm_;
    if (!alarm->is_called) {
      alarm->timer.expires_at(until);
      boost::system::error_code ended;  // called or timed out: the caller looks around in either case
      co_await alarm->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    }
    alarm->is_called = false;
  }

 private:
  const std::shared_ptr<Alarm> alarm_;
};

}  // namespace

std::unique_ptr<WakeUp> AsioWakeUps::make() { return std::make_unique<AsioWakeUp>(executor_); }

}  // namespace orc
