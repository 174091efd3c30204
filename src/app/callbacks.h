#pragma once

#include <boost/asio/io_context.hpp>

#include "adapters/callback/http_callback_sender.h"
#include "adapters/crypto/callback_secrets.h"
#include "application/callback/deliver_callbacks.h"

namespace orc {

// What callbacks stand on. All outlive them.
struct CallbackPorts {
  CallbackStore& store;
  WakeUps& wake_ups;
  RandomSource& random;
  Clock& clock;
  EventLog& log;
};

// Callbacks is all that tells receivers of the ends of jobs: the secrets, who sends, and the duty that says what is due.
class Callbacks {
 public:
  // `secret_key` is SECRET_KEY.
  Callbacks(boost::asio::io_context& io, const CallbackPorts& ports, const CallbackOrigins& origins, const std::string& secret_key);

  const CallbackSecrets& secrets() const { return secrets_; }
  Duty& duty() { return deliver_; }

  // Cuts what is being sent, and lets its end be noted, for which the store must still be there; what cannot be noted in time is sent again
  // after its lease. On the io_context's thread.
  boost::asio::awaitable<void> stop();

 private:
  Clock& clock_;
  const CallbackSecrets secrets_;
  HttpCallbackSender sender_;
  DeliverCallbacks deliver_;
};

}  // namespace orc
