#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <optional>
#include <string>

#include "adapters/http/http_origin.h"
#include "adapters/http/tls_trust.h"
#include "domain/time.h"

namespace orc {

// ClientStream is the connection of an HttpClient: with TLS or without, opened anew as often as is asked for. Blocking; not thread-safe,
// but for post().
class ClientStream {
 public:
  // `trust`: with TLS.
  ClientStream(HttpOrigin origin, std::optional<TlsTrust> trust) : origin_(std::move(origin)), trust_(std::move(trust)), plain_(io_) {}

  const HttpOrigin& origin() const { return origin_; }

  // What went wrong, in words.
  std::optional<std::string> connect(SteadyTime deadline);
  // True if the server has neither closed the connection nor sent something that nobody asked for.
  bool is_open_still();
  void close();

  // From any thread: `act` takes place between two steps of what is awaited, or of what is awaited next.
  void post(auto act) { boost::asio::post(io_, std::move(act)); }

  // For what is started from now on.
  void expires_at(SteadyTime deadline) { tcp_stream().expires_at(deadline); }

  // Runs what `start(stream, done)` starts, until it calls `done` back; expires_at() ends it.
  boost::system::error_code await(auto&& start) {
    return secure_ ? run([&](auto done) { start(*secure_, done); }) : run([&](auto done) { start(plain_, done); });
  }

 private:
  using TlsStream = boost::beast::ssl_stream<boost::beast::tcp_stream>;

  boost::system::error_code run(auto&& start) {
    boost::system::error_code outcome = boost::asio::error::operation_aborted;
    start([&outcome](const boost::system::error_code& error, auto&&...) { outcome = error; });
    io_.restart();
    io_.run();
    return outcome;
  }
  std::optional<std::string> shake_hands();
  boost::beast::tcp_stream& tcp_stream() { return secure_ ? secure_->next_layer() : plain_; }

  const HttpOrigin origin_;
  const std::optional<TlsTrust> trust_;
  boost::asio::io_context io_;
  boost::beast::tcp_stream plain_;
  std::unique_ptr<TlsStream> secure_;  // made for each connection; with `trust`
};

}  // namespace orc
