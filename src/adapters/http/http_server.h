#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/http/byte_budget.h"
#include "adapters/http/http_handler.h"
#include "adapters/http/http_limits.h"
#include "domain/result.h"
#include "domain/time.h"

namespace boost::asio {
class io_context;
}

namespace orc {

struct HttpEndpoint {
  std::string address;  // numeric
  std::uint16_t port;
};

// HttpServer speaks HTTP/1.0 and 1.1 to an HttpHandler: keep-alive, pipelining in order, HEAD, chunked request bodies,
// `Expect: 100-continue`. Framing is strict: what two implementations could read differently is refused with 400 and a close
// (docs/decisions/http_server.md). No TLS: that is a proxy's part.
// The io_context must be run by exactly one thread, and outlive the server; more cores are used by more servers, not more threads.
// start() is called before or on that thread, the destructor after it has ended or after wait() returned true.
class HttpServer {
 public:
  // `budget`, `handler` and `observer` must outlive the server and everything that still runs in `io`; servers of one `io` may share them.
  HttpServer(boost::asio::io_context& io, const HttpServerLimits& limits, ByteBudget& budget, HttpHandler& handler, HttpObserver& observer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds and listens. `host` is an IPv4 or IPv6 literal (with or without brackets) or "localhost" (127.0.0.1); port 0 lets the system
  // choose. invalid_argument: not such a literal. unavailable: the port is taken or may not be bound. May be called once.
  Result<HttpEndpoint> start(const std::string& host, std::uint16_t port);

  // Stops accepting and closes idle connections; requests in flight are answered with `Connection: close`. Any thread, safe twice.
  void request_stop();

  // Blocks until every connection has ended, or until the deadline, at which the remaining ones are cut. True if none had to be cut.
  // Not to be called on the I/O thread, which must be running. Calls request_stop() itself.
  bool wait(SteadyTime deadline);

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace orc
