#pragma once

#include <string>
#include <string_view>

#include "domain/deliberation/model_call.h"
#include "domain/result.h"
#include "ports/language_model.h"

namespace orc {

// The body of POST …/v1/chat/completions (contract section 9): a system message, a user message, nothing else.
std::string chat_request(const ModelQuestion& question);

// ChatAnswer gathers an answer out of the chunks of a stream, or out of the one object of a server that does not stream.
class ChatAnswer {
 public:
  struct Piece {
    std::string_view text;         // valid until the next call
    bool is_of_the_model = false;  // text or reasoning: the model has gone on by a token at least
  };

  // One chunk: the JSON after "data:". Gives what it adds. "[DONE]" ends the answer.
  // Errors: unavailable, if the chunk tells of an error of the server, or is no JSON.
  Result<Piece> add_chunk(std::string_view chunk);

  // A whole reply. Errors: as above; invalid_argument, if it holds no choice, and as check_refusal().
  Result<void> take_whole(std::string_view json);

  // Once all has come. Errors: invalid_argument, if the model refused, in its words, instead of an answer.
  Result<void> check_refusal() const;

  bool is_done() const { return is_done_; }          // "[DONE]" came
  bool has_finished() const { return has_reason_; }  // the model said why it stopped
  ModelAnswer answer;

 private:
  class Reader;
  std::string error_;
  std::string thought_;  // of one chunk
  std::string refusal_;  // its front
  bool is_done_ = false;
  bool has_reason_ = false;
};

}  // namespace orc
