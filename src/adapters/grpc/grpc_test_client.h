#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/grpc/message_reader.h"

struct nghttp2_session;

namespace orc {

// How a call went, as its client saw it.
struct TestAnswer {
  std::map<std::string, std::string> fields;  // of both header blocks
  std::vector<std::string> messages;
  std::string text;                    // of an answer that is no gRPC
  std::optional<std::uint32_t> reset;  // the error of a reset stream
  bool closed = false;

  [[nodiscard]] std::string field(const std::string& name) const {
    const auto place = fields.find(name);
    return place == fields.end() ? "" : place->second;
  }
  // grpc-status; -1 if there was none.
  [[nodiscard]] int status() const { return fields.contains("grpc-status") ? std::stoi(field("grpc-status")) : -1; }
  [[nodiscard]] std::string message() const { return messages.empty() ? "" : messages.front(); }
};

using TestFields = std::vector<std::pair<std::string, std::string>>;

// Blocking gRPC over one connection to 127.0.0.1, with nghttp2's client. Every wait ends after ten seconds, which fails the test.
class GrpcTestClient {
 public:
  enum class Reading { as_it_comes, with_no_window };  // no_window: a client that grants no byte of a message

  explicit GrpcTestClient(std::uint16_t port, Reading reading = Reading::as_it_comes);
  ~GrpcTestClient();
  GrpcTestClient(const GrpcTestClient&) = delete;
  GrpcTestClient& operator=(const GrpcTestClient&) = delete;

  // Sends `message` and waits for the end.
  TestAnswer call(const std::string& path, std::string_view message, TestFields extra = {});

  // Begins a call with these bytes as its body (see framed()); further ones may follow with send().
  enum class Request { whole, goes_on };
  std::int32_t begin(const std::string& path, std::string body, TestFields extra = {}, Request request = Request::whole);
  // A stream with exactly these fields.
  std::int32_t begin_raw(const TestFields& fields, std::string body);
  void send(std::int32_t stream, std::string_view bytes, Request request = Request::goes_on);
  void cancel(std::int32_t stream);
  TestAnswer wait_for_end(std::int32_t stream);
  // Waits until so many messages are there, or the end.
  TestAnswer wait_for_messages(std::int32_t stream, std::size_t count);
  // Waits for a GOAWAY or the close of the connection; the GOAWAY's error.
  std::optional<std::uint32_t> wait_for_goaway();
  // Writes what is to be sent.
  void flush();

  static std::string framed(std::string_view message, GrpcEncoding encoding = GrpcEncoding::identity) {
    std::string bytes;
    append_message(bytes, message, encoding);
    return bytes;
  }

 private:
  struct Stream;
  struct Callbacks;

  bool receive();

  int socket_ = -1;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, std::unique_ptr<Stream>> streams_;
  std::optional<std::uint32_t> goaway_;
};

}  // namespace orc
