#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <set>
#include <string>

#include "application/duties/duty.h"
#include "domain/callback/callback_url.h"
#include "ports/callback_sender.h"
#include "ports/callback_store.h"
#include "ports/clock.h"
#include "ports/event_log.h"
#include "ports/random_source.h"
#include "ports/wake_up.h"

namespace orc {

// DeliverCallbacks tells the receivers of callbacks what is due, several at a time, and notes how each try ended. Each origin has tries of
// its own, so that a receiver that does not answer holds up nobody else's. What goes to an origin that is not allowed (any more) waits.
// On one thread.
class DeliverCallbacks final : public Duty {
 public:
  static constexpr int in_flight_max = 8;  // to one origin

  struct Ports {
    CallbackStore& store;
    CallbackSender& sender;
    WakeUps& wake_ups;
    RandomSource& random;
    Clock& clock;
    EventLog& log;
  };

  DeliverCallbacks(boost::asio::any_io_executor executor, Ports ports, CallbackOrigins origins)
      : executor_(std::move(executor)), ports_(ports), origins_(std::move(origins)), try_has_ended_(ports.wake_ups.make()) {}

  std::string_view name() const override { return "deliver_callbacks"; }
  std::chrono::milliseconds interval() const override { return std::chrono::milliseconds{250}; }
  // Begins what is due and there is room for; does not wait for it.
  Async<void> run_once() override;

  // Nothing more is begun; what goes on ends by its sender. Safe twice.
  void request_stop() { stopping_ = true; }

  // After request_stop(): resumes when nothing goes on, or at `deadline`.
  boost::asio::awaitable<void> wait(SteadyTime deadline);

  int in_flight() const;

 private:
  boost::asio::awaitable<void> deliver(std::string origin, DueCallback first);
  boost::asio::awaitable<void> try_once(const DueCallback& callback);

  const boost::asio::any_io_executor executor_;
  const Ports ports_;
  const CallbackOrigins origins_;
  std::map<std::string, int> in_flight_;  // by origin
  std::set<std::string> backlog_;         // origins for which more may be due than there was room for
  const std::unique_ptr<WakeUp> try_has_ended_;
  bool stopping_ = false;
};

}  // namespace orc
