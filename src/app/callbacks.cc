#include "app/callbacks.h"

namespace orc {
namespace {

constexpr std::chrono::seconds stop_max{2};

}  // namespace

Callbacks::Callbacks(boost::asio::io_context& io, const CallbackPorts& ports, const CallbackOrigins& origins, const std::string& secret_key)
    : clock_(ports.clock),
      secrets_(secret_key),
      sender_(io.get_executor(), {.secrets = secrets_, .clock = ports.clock, .look_up = look_up_by_system}, origins),
      deliver_(io.get_executor(),
               {.store = ports.store,
                .sender = sender_,
                .wake_ups = ports.wake_ups,
                .random = ports.random,
                .clock = ports.clock,
                .log = ports.log},
               origins) {}

boost::asio::awaitable<void> Callbacks::stop() {
  deliver_.request_stop();
  sender_.request_stop();
  co_await deliver_.wait(clock_.steady_now() + stop_max);
}

}  // namespace orc
