#pragma once

#include <expected>
#include <functional>

#include "adapters/http/http_call.h"
#include "adapters/openai/chat_answer.h"
#include "adapters/openai/model_endpoint.h"

namespace orc {

// What a single call to a model server failed of, and what that means for another.
struct CallFailure {
  enum class Fault : std::uint8_t {
    endpoint,  // away, silent, or broken: the next call may fail likewise
    load,      // it refuses for now
    request,   // it refuses this for what it is, or answers with what is no answer
  };
  Error error;
  Fault fault = Fault::endpoint;
  std::chrono::milliseconds asked_for{0};  // the wait that it asked for
};

struct ChatTimes {
  std::chrono::milliseconds first_token_max{60'000};  // until the head of the answer, and of a stream the first token
  std::chrono::milliseconds silence_max{30'000};      // between two parts, after the first
};

// ChatCall asks one server once. On the thread of the pool's executor.
class ChatCall {
 public:
  using Outcome = std::expected<ModelAnswer, CallFailure>;
  // Hears each piece, without text while the model reasons; false: nobody wants more, and the call is closed.
  using OnText = std::function<bool(std::string_view)>;

  ChatCall(HttpCallPool& pool, const ModelOrigins& origins, ChatTimes times) : call_(pool), origins_(origins), times_(times) {}

  // `deadline` ends it wherever it is. The answer's to_first_token is of this call.
  boost::asio::awaitable<Outcome> run(HttpOrigin origin, const ModelQuestion& question, SteadyTime deadline, OnText on_text);

  // What it has used so far, as AnswerListener::was_in_vain() tells it.
  TokenUsage used() const;

  // Closes the connection at once: run() resumes with a failure.
  void close() { call_.close(); }

 private:
  boost::asio::awaitable<Outcome> read_stream(const ModelQuestion& question, const OnText& on_text);
  boost::asio::awaitable<Outcome> read_whole(const OnText& on_text);
  boost::asio::awaitable<Outcome> read_refusal();
  void note_piece();
  void note_count(const TokenUsage& counted);
  SteadyTime patience() const;

  HttpCall call_;
  const ModelOrigins& origins_;
  const ChatTimes times_;
  SteadyTime begun_{};
  SteadyTime deadline_{};
  std::optional<std::chrono::milliseconds> to_first_;
  std::int64_t bytes_asked_ = 0;
  std::int64_t pieces_ = 0;          // of text and reasoning, that have come
  TokenUsage counted_;               // by the server
  std::int64_t pieces_counted_ = 0;  // that had come when it counted
  bool was_refused_ = false;
};

}  // namespace orc
