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

// OpenAnswers bounds what answers hold while they come, all calls together. What each may hold of its own does not count, so that servers
// that write much spoil no call with an answer of an ordinary size. On the thread of the pool's executor.
class OpenAnswers {
 public:
  static constexpr std::size_t own_bytes_max = std::size_t{32} * 1024;  // of each call

  explicit OpenAnswers(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  OpenAnswers(const OpenAnswers&) = delete;
  OpenAnswers& operator=(const OpenAnswers&) = delete;

  // Whether a call that holds `held` may hold `bytes` instead, which is no less; then it counts.
  bool grow(std::size_t held, std::size_t bytes);
  void give_back(std::size_t held) { bytes_ -= beyond_own(held); }

 private:
  static std::size_t beyond_own(std::size_t bytes) { return bytes > own_bytes_max ? bytes - own_bytes_max : 0; }

  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
};

// ChatCall asks one server once. On the thread of the pool's executor.
class ChatCall {
 public:
  using Outcome = std::expected<ModelAnswer, CallFailure>;
  // Hears each piece, without text while the model reasons; false: nobody wants more, and the call is closed.
  using OnText = std::function<bool(std::string_view)>;

  ChatCall(HttpCallPool& pool, const ModelOrigins& origins, OpenAnswers& answers, ChatTimes times)
      : call_(pool), origins_(origins), answers_(answers), times_(times) {}
  ~ChatCall() { answers_.give_back(held_); }
  ChatCall(const ChatCall&) = delete;
  ChatCall& operator=(const ChatCall&) = delete;

  // `deadline` ends it wherever it is. The answer's to_first_token is of this call.
  boost::asio::awaitable<Outcome> run(HttpOrigin origin, const ModelQuestion& question, SteadyTime deadline, OnText on_text);

  // What it has used so far, as AnswerListener::was_in_vain() tells it.
  TokenUsage used() const;

  // Closes the connection at once: run() resumes with a failure.
  void close() { call_.close(); }

 private:
  boost::asio::awaitable<Outcome> read_stream(const ModelQuestion& question, const OnText& on_text);
  boost::asio::awaitable<Outcome> read_whole(const ModelQuestion& question, const OnText& on_text);
  boost::asio::awaitable<Outcome> read_refusal();
  // Errors: resource_exhausted, if there is no room for so much of an answer.
  std::expected<void, CallFailure> hold(std::size_t bytes);
  void note_piece();
  void note_count(const TokenUsage& counted);
  SteadyTime patience() const;

  HttpCall call_;
  const ModelOrigins& origins_;
  OpenAnswers& answers_;
  std::size_t held_ = 0;  // of the answer
  const ChatTimes times_;
  SteadyTime begun_{};
  SteadyTime deadline_{};
  std::optional<std::chrono::milliseconds> to_first_;
  std::int64_t bytes_asked_ = 0;
  std::int64_t pieces_ = 0;          // of text and reasoning, that have come; of what comes whole, as many as it may be
  TokenUsage counted_;               // by the server
  std::int64_t pieces_counted_ = 0;  // that had come when it counted
  bool was_refused_ = false;
};

}  // namespace orc
