#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <variant>

#include "adapters/http/http_message.h"

namespace orc {

// What before_body() says to go on: read a body of at most this many bytes, then call handle().
struct BodyRule {
  std::uint64_t body_max = 0;    // 0: a request with a body gets 413
  std::string_view advice = {};  // a sentence for whose body is larger: where else it may go; outlives the request
};

using HeadDecision = std::variant<BodyRule, HttpResponse>;

// HttpHandler answers requests. One object serves all connections.
// Called on the server's I/O thread only and must not block it; several requests are in flight at once, one per connection.
// An exception becomes a 500 and is reported to the observer.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // Called as soon as the header block is complete and before a byte of the body is read or asked for (`Expect: 100-continue`):
  // the place for 401, 403, 404, 405, 415 and for the route's limit. An HttpResponse ends the request; the server closes the
  // connection after it if the body has not arrived yet. `head` lives until handle() has returned; its context may be set.
  virtual boost::asio::awaitable<HeadDecision> before_body(HttpRequestHead& head) = 0;

  // Called with the whole body. `request` lives until the awaitable has returned; its parts may be moved out.
  virtual boost::asio::awaitable<HttpResponse> handle(HttpRequest& request) = 0;

  // Called once for every answer, just before it is written, those included that the server gives by itself: the place for fields that all
  // of them have and for the log. May set `route`. Of a head that was refused, or never came, only the peer, the id and the time are
  // certain. Must not throw.
  virtual void complete(const HttpRequestHead& /*head*/, HttpResponse& /*response*/) {}
};

// One request that was answered, or a malformed one that was refused (then `method` and `route` may be empty).
struct FinishedRequest {
  std::string_view method;
  std::string_view route;  // the pattern; empty when no route matched
  std::string_view path;
  std::string_view request_id;
  std::string_view peer_address;
  int status;
  std::chrono::nanoseconds duration;  // from the complete header block to the serialised answer
  std::uint64_t bytes_in;             // body
  std::uint64_t bytes_out;            // body
};

// Why a connection ended before its client wanted it to.
enum class HttpCut : std::uint8_t {
  idle,
  slow_header,
  slow_body,
  slow_reader,
  lingering,  // after the last answer, client does not close
  too_many_connections,
  too_many_bytes,  // the ByteBudget has nothing left
  no_descriptors,
  stopping,
};

// HttpObserver hears what the server does, for metrics and the log. Called on the I/O thread; must neither block nor throw.
// The views live during the call only.
class HttpObserver {
 public:
  virtual ~HttpObserver() = default;
  virtual void request_finished(const FinishedRequest& request) = 0;
  virtual void connections_changed(std::size_t open) = 0;
  virtual void connection_cut(HttpCut why, std::string_view peer_address) = 0;
  virtual void handler_failed(std::string_view request_id, std::string_view what) = 0;
};

}  // namespace orc
