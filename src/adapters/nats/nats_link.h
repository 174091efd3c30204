#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/result.h"

extern "C" {
struct __natsConnection;
struct __jsCtx;
}

namespace orc::nats {

inline constexpr std::chrono::milliseconds answer_max{2'000};  // of the server, to anything

// One message for a stream.
struct Message {
  std::string subject;
  std::string id;  // a repeat of it within the stream's window is dropped by the server
  std::string body;
};

// What the server said to one message.
enum class Taken : std::uint8_t {
  yes,    // kept, or there already
  never,  // it is larger than the server takes
};

// NatsLink is one connection to a NATS server with JetStream, for its life: one that is lost is not made again, so that nothing is sent
// that its sender has given up. Every method blocks, up to about answer_max. Thread-safe.
class NatsLink {
 public:
  // `servers`: one or several URLs with commas between; may hold secrets, which no error shows.
  // Errors: unavailable.
  static Result<std::unique_ptr<NatsLink>> connect(const std::string& servers);
  ~NatsLink();
  NatsLink(const NatsLink&) = delete;
  NatsLink& operator=(const NatsLink&) = delete;

  bool is_connected() const;

  // Returns when a stream has taken it. Errors: unavailable, if none did in time; whether it was kept is not known then.
  Result<Taken> publish(const Message& message);

  struct Stream {
    std::string name;
    std::vector<std::string> subjects;
    std::int64_t bytes_max = 0;  // -1: no limit
  };
  // Nothing: there is none of that name. Errors: unavailable.
  Result<std::optional<Stream>> stream(const std::string& name);

  // Those that keep messages of subjects that `filter` matches, of all of them or of some. Errors: unavailable.
  Result<std::vector<Stream>> streams_for(const std::string& filter);

  // Makes a stream, or gives the one of that name these subjects and no others. Errors: unavailable.
  Result<void> make_stream(const Stream& stream);
  Result<void> change_stream(const Stream& stream);

 private:
  NatsLink(__natsConnection* connection, __jsCtx* streams) : connection_(connection), streams_(streams) {}

  // Constant after construction.
  __natsConnection* const connection_;
  __jsCtx* const streams_;
};

}  // namespace orc::nats
