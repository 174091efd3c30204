#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "ports/async.h"

namespace orc {

inline constexpr std::size_t engine_reply_bytes_max = std::size_t{4} << 20;
inline constexpr std::uint32_t engine_header_bytes_max = 16 * 1024;
inline constexpr std::size_t engine_message_bytes_max = 1000;  // of what an engine's refusal may add to a message of ours
inline constexpr std::chrono::milliseconds engine_patience{60'000};
inline constexpr std::chrono::milliseconds endless_patience = std::chrono::milliseconds::max();

// HangUp ends the call that it was given to, now or when that begins: it fails as unavailable. One call at a time, on the client's
// executor.
class HangUp {
 public:
  void now();

 private:
  friend class EngineClient;
  bool hung_up_ = false;
  std::function<void()> close_;  // while a call goes on
};

// One request to the Engine API.
struct EngineCall {
  std::string_view method = "GET";
  std::string target;  // behind the version, encoded: "/containers/create?name=x"
  std::string body;
  std::string_view content_type = "application/json";
  std::chrono::milliseconds patience = engine_patience;  // for the whole; where parts are followed, for each part
  HangUp* hang_up = nullptr;                             // borrowed until the call has ended
};

struct EngineReply {
  std::string api_version;  // the newest that the engine speaks, as it came
  std::string body;
};

// A connection that has become a stream of bytes in both directions. One read and one write at a time, on the client's executor.
class EngineStream {
 public:
  virtual ~EngineStream() = default;

  // Further bytes, valid until the next read; empty at the end.
  virtual Async<std::string_view> read() = 0;
  // Errors: unavailable, if the other side takes no more.
  virtual Async<void> write(std::string_view bytes) = 0;
  // Says that no more bytes follow.
  virtual void finish_writing() = 0;
  // Ends both at once, whoever waits in them.
  virtual void close() = 0;
};

// EngineClient speaks HTTP with a Docker Engine, or what speaks its API, through a Unix socket: each call has a connection of its own. What
// comes back is bounded and trusted in nothing. All on one executor that runs one handler at a time.
// Errors of all calls: what the engine refused, in its own words, as invalid_argument (400 and others), not_found (404), conflict (409) or
// unavailable (408, 429, 500 and above); unavailable, if it cannot be reached, breaks off, is silent for too long, speaks no HTTP, or says
// too much.
class EngineClient {
 public:
  // `socket` is a path, at most 107 bytes long.
  EngineClient(boost::asio::any_io_executor executor, std::string socket);

  // Names the version of the API that calls use from now on ("1.41"); until then they name none.
  void speak(std::string api_version) { version_ = std::move(api_version); }
  const std::string& socket() const { return socket_; }

  // Waits for the whole answer.
  Async<EngineReply> ask(EngineCall call);

  // Gives the answer's body part by part while it comes. An error of `part` ends the call with that error.
  Async<void> follow(EngineCall call, std::function<Result<void>(std::string_view)> part);

  // Asks for a stream in place of an answer, as POST /containers/{id}/attach gives.
  Async<std::unique_ptr<EngineStream>> open(EngineCall call);

 private:
  class Connection;
  class Connected;

  Error explain(const std::string& what) const;
  Async<std::unique_ptr<Connection>> send(EngineCall& call);

  const boost::asio::any_io_executor executor_;
  const std::string socket_;
  std::string version_;
};

// `text` for the query of a target: everything but unreserved characters of RFC 3986 percent-encoded.
std::string query_encoded(std::string_view text);

}  // namespace orc
