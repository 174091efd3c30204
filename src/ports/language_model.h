#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "domain/deliberation/model_call.h"
#include "ports/async.h"

namespace orc {

// One question to a model: a system message and a user message, nothing else; no tools (attacks.md, L8).
struct ModelQuestion {
  std::string endpoint;               // a URL, such as http://127.0.0.1:8000; a path is kept, a trailing '/' dropped
  std::vector<std::string> replicas;  // of the same kind, where the same model is served: any of these and `endpoint` is asked
  std::string model;
  std::string system;
  std::string user;
  double temperature = 0.7;
  std::optional<std::int64_t> seed;
  std::int64_t answer_tokens_max = 2048;
  std::chrono::milliseconds time_max{300'000};  // for all attempts together
  int retries_max = 3;                          // further attempts after one that may work when repeated
};

struct ModelAnswer {
  std::string text;       // well-formed UTF-8
  std::string reasoning;  // likewise: how it came to it, where the server tells that apart; up to reasoning_bytes_max
  FinishReason finish = FinishReason::finished;
  TokenUsage
      usage;  // of the attempt that gave it, as the server counts; if it does not say, a token for each byte asked and each piece that came
  int attempts = 1;
  std::chrono::milliseconds to_first_token{0};
};

// Hears what a model writes while it writes, and what it costs. An answer that is begun anew, after a lost connection, is told by
// restarted().
class AnswerListener {
 public:
  virtual ~AnswerListener() = default;
  // A piece of the text.
  virtual void wrote(std::string_view delta) = 0;
  virtual void restarted() = 0;

  // Whether one more attempt may be made: asked before each but the first, repeats and second ones beside a late one. Who says yes has put
  // aside what it may use.
  virtual bool may_try_again() = 0;

  // One attempt gave no answer, or was not the one whose answer is given, and has used so much: as the server counted; if it did not, a
  // token for each byte asked and each piece that came; nothing, if it was not sent or the server refused it. Before ask() resumes.
  virtual void was_in_vain(const TokenUsage& used) = 0;
};

// LanguageModel asks models for answers. On the thread of the executor.
class LanguageModel {
 public:
  virtual ~LanguageModel() = default;

  // Whether `endpoint` may be asked at all, before anything is stored. Errors: invalid_argument, if it is no URL that it could be;
  // permission_denied, if its origin is not allowed. The sentence lacks its first words, which the caller puts before it: what names the
  // endpoint ("options.endpoints.0" + " must begin with http://…").
  virtual Result<void> admit(std::string_view endpoint) const = 0;

  // Asks, and gives the whole answer. `listener` must outlive the call. A stop closes the connection at once.
  // Errors: those of admit(), as whole sentences; unavailable: away, silent for too long, or its time is over, and every retry too;
  // resource_exhausted: the server refuses for load, or its answer is larger than any may be; invalid_argument: it refuses the request for
  // what it is, or answers with what is no answer; conflict: it was stopped.
  virtual Async<ModelAnswer> ask(ModelQuestion question, AnswerListener& listener, std::stop_token stop) = 0;
};

}  // namespace orc
