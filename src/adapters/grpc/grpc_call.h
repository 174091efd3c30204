#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>

#include "adapters/grpc/grpc_status.h"
#include "adapters/http/http_message.h"
#include "domain/time.h"

namespace orc {

// GrpcCall is what a handler knows of the call that it answers. I/O thread only. Lives until the handler has returned, whatever becomes of
// the connection.
class GrpcCall {
 public:
  virtual ~GrpcCall() = default;

  // What the client sent beside the message, the fields of gRPC itself included. A "-bin" value is in base64, as it came.
  [[nodiscard]] virtual const HttpHeaders& metadata() const = 0;
  [[nodiscard]] virtual const std::string& peer_address() const = 0;
  // By when the client wants its answer; nothing if it set no time. When it is reached, the client has been told so.
  [[nodiscard]] virtual std::optional<SteadyTime> deadline() const = 0;

  // Takes room of the ByteBudget for so many bytes that the handler is about to hold, a few without asking; it is given back once the
  // handler has returned. False, and nothing is taken, if there is none just now.
  virtual bool take_room(std::size_t bytes) = 0;

  // Whether nobody waits for the answer any more: cancelled, too late, or the connection is gone.
  [[nodiscard]] virtual bool is_over() const = 0;
  // Calls `end` once when that comes; at once if it is so. It must not throw. One at a time: another call takes the place of the last, an
  // empty one of all.
  virtual void on_over(std::function<void()> end) = 0;
};

// GrpcStream is a call of several messages in either direction.
class GrpcStream : public GrpcCall {
 public:
  // The client's next message; nothing once it has said that none follows, or the call is over. One caller at a time.
  virtual boost::asio::awaitable<std::optional<std::string>> read() = 0;
  // Sends a message; waits while the client does not take earlier ones (GrpcLimits::unsent_max). False if the call is over. One caller at
  // a time.
  virtual boost::asio::awaitable<bool> write(std::string message) = 0;
};

// One message, one answer. An exception ends the call with INTERNAL and goes to the observer.
using UnaryHandler = std::function<boost::asio::awaitable<GrpcResult<std::string>>(GrpcCall& call, std::string message)>;
// What it returns ends the call.
using StreamHandler = std::function<boost::asio::awaitable<GrpcStatus>(GrpcStream& stream)>;

}  // namespace orc
