#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/http/byte_budget.h"
#include "adapters/http/http_handler.h"
#include "adapters/http/http_limits.h"
#include "adapters/system/file_descriptor.h"
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

enum class PortUse : std::uint8_t {
  alone,   // a second server on the port is refused
  shared,  // other processes that say so too may listen there; the kernel spreads connections over them (SO_REUSEPORT)
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
  // choose. invalid_argument: not such a literal. unavailable: the port is taken or may not be bound. Either start() may be called once.
  Result<HttpEndpoint> start(const std::string& host, std::uint16_t port, PortUse use = PortUse::alone);

  // Accepts on a TCP socket that listens already. unavailable: it is none.
  Result<HttpEndpoint> start(FileDescriptor listening);

  // Stops accepting. Requests in flight, and those that arrive within `stop_idle_grace` on connections that are open already, are answered
  // with `Connection: close`, so that a client that is about to send one does not meet a reset; then idle connections are closed, and those
  // without any request yet after `stop_fresh_grace`. Any thread, safe twice.
  void request_stop();

  // Blocks until every connection has ended, or until the deadline, at which the remaining ones are cut. True if none had to be cut.
  // Not to be called on the I/O thread, which must be running. Calls request_stop() itself.
  bool wait(SteadyTime deadline);

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace orc
