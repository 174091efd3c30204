#pragma once

#include "domain/callback/callback.h"
#include "ports/async.h"

namespace orc {

// CallbackSender tells a receiver once that a job has ended, signed with the secret of the job's owner. On one thread.
class CallbackSender {
 public:
  virtual ~CallbackSender() = default;

  // Ends in bounded time, well within callback_lease, whatever the receiver does. Never throws.
  virtual boost::asio::awaitable<CallbackAnswer> send(const DueCallback& callback) = 0;
};

}  // namespace orc
