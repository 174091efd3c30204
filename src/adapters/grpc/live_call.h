#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "adapters/grpc/call_head.h"
#include "adapters/grpc/grpc_call.h"
#include "adapters/grpc/grpc_sharing.h"
#include "adapters/grpc/message_reader.h"

namespace orc {

class LiveCall;

// CallWire is where a call sends. It outlives the call's use of it: close() comes first.
class CallWire {
 public:
  virtual ~CallWire() = default;
  // `call` has something new to send: its first message, a further one, or its end.
  virtual void send(LiveCall& call) = 0;
  // The handler took so many bytes of messages: the client may send as many more.
  virtual void took(LiveCall& call, std::size_t bytes) = 0;
  // Counts what `call` holds now. False if the budget has no room for that; then the old count stays. `forced`: counted in any case.
  enum class Counting : std::uint8_t { if_there_is_room, forced };
  virtual bool count(LiveCall& call, HeldFor purpose, Counting counting) = 0;
};

// LiveCall is one call from its header block to its end: what came, what goes, and the handler between them. It ends once: by the handler's
// answer, a refusal, its deadline, or with its stream. I/O thread only.
class LiveCall final : public GrpcStream, public std::enable_shared_from_this<LiveCall> {
 public:
  LiveCall(GrpcSharing& sharing, CallWire& wire, std::int32_t stream_id, std::string peer_address);

  // For the connection.

  [[nodiscard]] CallHead& head() { return head_; }
  // The header block is complete: refuses the call, or prepares it and runs the handler of a streaming one.
  void begin();
  // Bytes of messages came.
  void take(std::string_view bytes);
  // None follow: runs the handler of a call of one message.
  void end_request();
  // Ends the call with `status` if it has no end yet; its handler learns that it is over.
  void give_up(GrpcStatus status);
  // The stream is closed: nothing can be sent any more.
  void close();

  // The answer as far as it is there.
  [[nodiscard]] int http_status() const { return http_status_; }
  // What does not is told so in a text instead of messages.
  [[nodiscard]] bool speaks_grpc() const { return http_status_ == 200; }
  [[nodiscard]] const std::optional<GrpcStatus>& end() const { return end_; }
  [[nodiscard]] bool has_output() const { return out_begin_ < out_.size(); }
  [[nodiscard]] GrpcEncoding answer_encoding() const { return answer_encoding_; }
  // Moves output into `room`; returns how much.
  std::size_t give_output(std::span<std::uint8_t> room);

  [[nodiscard]] std::int32_t stream_id() const { return stream_id_; }
  [[nodiscard]] std::size_t held() const;
  std::size_t counted = 0;     // by the wire
  bool answer_begun = false;   // the wire has sent the header block
  bool end_was_sent = false;   // and the last one
  std::size_t unconsumed = 0;  // bytes that the client has not been given room for again
  [[nodiscard]] SteadyTime began() const { return began_; }
  // When bytes of the request came last, and when the client last took of the answer, or there was something to take again.
  [[nodiscard]] SteadyTime request_moved() const { return request_moved_; }
  [[nodiscard]] SteadyTime answer_moved() const { return answer_moved_; }
  [[nodiscard]] bool request_is_complete() const { return request_complete_; }
  [[nodiscard]] bool is_streaming() const { return terms_ && !terms_->method->is_unary(); }
  // Whether complete messages wait for the handler.
  [[nodiscard]] bool has_backlog() const { return !inbox_.empty(); }

  // For the handler.

  [[nodiscard]] const HttpHeaders& metadata() const override { return head_.metadata; }
  [[nodiscard]] const std::string& peer_address() const override { return peer_address_; }
  [[nodiscard]] std::optional<SteadyTime> deadline() const override { return deadline_; }
  bool take_room(std::size_t bytes) override;
  [[nodiscard]] bool is_over() const override { return over_; }
  void on_over(std::function<void()> end) override;
  boost::asio::awaitable<std::optional<std::string>> read() override;
  boost::asio::awaitable<bool> write(std::string message) override;

 private:
  void accept(CallTerms terms);
  void start_handler();
  static boost::asio::awaitable<void> run_unary(std::shared_ptr<LiveCall> call);
  static boost::asio::awaitable<void> run_stream(std::shared_ptr<LiveCall> call);
  void finish(GrpcStatus status);
  GrpcResult<void> put(std::string_view message);
  void mark_over();
  boost::asio::awaitable<void> change();
  void changed();

  GrpcSharing& sharing_;
  CallWire* wire_;  // null once the stream is closed
  const std::int32_t stream_id_;
  const std::string peer_address_;
  const SteadyTime began_;
  SteadyTime request_moved_;
  SteadyTime answer_moved_;

  CallHead head_;
  std::optional<CallTerms> terms_;  // nothing: not begun, or refused
  std::optional<SteadyTime> deadline_;
  std::optional<CallDeadlines::Place> deadline_place_;

  std::optional<MessageReader> reader_;
  std::deque<std::string> inbox_;
  std::size_t with_handler_ = 0;  // bytes of the message that it has
  bool request_complete_ = false;
  bool running_ = false;                   // the handler
  std::optional<ByteBudget::Share> room_;  // that it took: apart from the connection's, whose other calls go on

  int http_status_ = 200;
  std::optional<GrpcStatus> refusal_;  // that is not told yet
  GrpcEncoding answer_encoding_ = GrpcEncoding::identity;
  std::string out_;
  std::size_t out_begin_ = 0;
  std::optional<GrpcStatus> end_;

  bool over_ = false;
  std::function<void()> on_over_;
  std::optional<boost::asio::steady_timer> change_;  // of a streaming call's handler that waits

  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace orc
