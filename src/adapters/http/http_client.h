#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/http_message.h"
#include "adapters/http/tls_trust.h"
#include "domain/result.h"

namespace orc {

struct HttpReply {
  int status = 0;
  HttpHeaders headers;
  std::string body;
};

// HttpClient sends requests to one origin, one at a time, over one connection that it keeps and reopens as needed.
// For the command line, `orc runner`, tests and measurements: blocking, no redirects, no proxy, no cookies.
// Not thread-safe, but for interrupt(): one object per thread.
class HttpClient {
 public:
  // `url` is "http://host[:port][/prefix]"; the prefix is put before every path. invalid_argument for anything else, https included.
  static Result<HttpClient> create(std::string_view url);
  // Likewise, and with `trust` "https://…" too: to a server that shows a certificate of its name or address which it vouches for.
  static Result<HttpClient> create(std::string_view url, std::optional<TlsTrust> trust);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  // Replies above this many bytes of body are refused with resource_exhausted. 64 MiB unless set.
  void set_reply_max(std::uint64_t bytes);

  // Sends and waits for the whole reply; any status is a success here. `target` is path and query, already encoded.
  // Host, Content-Length and Connection are added. A kept connection that the server had closed meanwhile is reopened once,
  // only when not a byte of a reply had come and the method is GET, HEAD, PUT, DELETE or OPTIONS; others open a fresh one when the kept one
  // is known to be closed. unavailable: cannot connect, connection lost, time-out (whole exchange) or a malformed reply; the sentence says
  // which and what to do.
  Result<HttpReply> request(std::string_view method, std::string_view target, const std::vector<HttpField>& headers, std::string_view body,
                            std::chrono::milliseconds timeout);

  // From any thread: if a request() is under way, hangs up on it; it gives unavailable soon.
  void interrupt();

  // Asks for an answer that comes by and by, over a connection of its own; gives `take` the bytes of a 200 as they come, until it says
  // false, which ends the exchange. The reply has the body of every other status. Errors: as request(), the time-out being `silence_max`
  // between two bytes.
  Result<HttpReply> stream(std::string_view target, const std::vector<HttpField>& headers, std::chrono::milliseconds silence_max,
                           const std::function<bool(std::string_view)>& take);

 private:
  class Connection;
  explicit HttpClient(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace orc
