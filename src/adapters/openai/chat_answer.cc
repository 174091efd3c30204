#include "adapters/openai/chat_answer.h"

#include "adapters/json/json_writer.h"
#include "adapters/openai/json_scan.h"
#include "domain/whole_characters.h"

namespace orc {
namespace {

constexpr std::size_t told_bytes_max = 500;  // of a server's own words

void read_usage(JsonScan& json, TokenUsage& usage) {
  if (!json.enter('{')) return;
  while (const auto name = json.member()) {
    if (*name == "prompt_tokens") {
      usage.in = json.take_count().value_or(0);
    } else if (*name == "completion_tokens") {
      usage.out = json.take_count().value_or(0);
    } else if (*name == "prompt_tokens_details" && json.enter('{')) {
      while (const auto inner = json.member()) {
        if (*inner == "cached_tokens")
          usage.cached = json.take_count().value_or(0);
        else
          json.skip();
      }
    } else if (*name != "prompt_tokens_details") {
      json.skip();
    }
  }
}

}  // namespace

// Reads one object, a chunk or a whole reply: they differ in "delta" and "message".
class ChatAnswer::Reader {
 public:
  Reader(std::string_view text, ChatAnswer& target) : json_(text), target_(target) {}

  bool read() {
    if (!json_.enter('{')) return false;
    while (const auto name = json_.member()) {
      if (*name == "choices")
        read_choices();
      else if (*name == "usage")
        read_usage(json_, target_.answer.usage);
      else if (*name == "error")
        read_error();
      else
        json_.skip();
    }
    return json_.ok();
  }

 private:
  // The first choice is the only one that was asked for.
  void read_choices() {
    if (!json_.enter('[')) return;
    for (bool is_first = true; json_.element(); is_first = false) {
      if (is_first)
        read_choice();
      else
        json_.skip();
    }
  }

  void read_choice() {
    if (!json_.enter('{')) return;
    while (const auto name = json_.member()) {
      if (*name == "delta" || *name == "message") {
        read_message();
      } else if (*name == "finish_reason") {
        std::string reason;
        if (json_.take_string(reason)) {
          target_.has_reason_ = true;
          target_.answer.finish = reason == "length" ? FinishReason::length : FinishReason::finished;
        }
      } else {
        json_.skip();
      }
    }
  }

  void read_message() {
    if (!json_.enter('{')) return;
    while (const auto name = json_.member()) {
      if (*name == "content")
        read_content();
      else if (*name == "refusal")
        json_.take_string(target_.refusal_);
      else if (*name == "reasoning_content" || *name == "reasoning")
        json_.take_string(target_.thought_);
      else
        json_.skip();
    }
  }

  // A text, or a list of parts, of which those that are texts count.
  void read_content() {
    if (!json_.next_is('[')) {
      json_.take_string(target_.answer.text);
      return;
    }
    json_.enter('[');
    while (json_.element()) {
      if (!json_.enter('{')) continue;
      while (const auto name = json_.member()) {
        if (*name == "text")
          json_.take_string(target_.answer.text);
        else
          json_.skip();
      }
    }
  }

  void read_error() {
    if (!json_.enter('{')) return;  // null, as some send it with every chunk
    target_.error_ = "the model server reports an error";
    while (const auto name = json_.member()) {
      std::string words;
      if (*name == "message" && json_.take_string(words))
        target_.error_ += ": " + words.substr(0, told_bytes_max);
      else if (*name != "message")
        json_.skip();
    }
  }

  JsonScan json_;
  ChatAnswer& target_;
};

std::string chat_request(const ModelQuestion& question) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("model", question.model);
  json.key("messages").begin_array();
  for (const auto& [role, content] : {std::pair("system", &question.system), std::pair("user", &question.user)}) {
    json.begin_object();
    json.member("role", role);
    json.member("content", *content);
    json.end_object();
  }
  json.end_array();
  json.member("temperature", question.temperature);
  json.member("max_tokens", question.answer_tokens_max);
  if (question.seed) json.member("seed", *question.seed);
  json.member("stream", true);
  json.key("stream_options").begin_object();
  json.member("include_usage", true);
  json.end_object();
  json.end_object();
  return body;
}

Result<ChatAnswer::Piece> ChatAnswer::add_chunk(std::string_view chunk) {
  if (chunk == "[DONE]") {
    is_done_ = true;
    return Piece{};
  }
  thought_.clear();
  const std::size_t before = answer.text.size();
  const std::size_t refusal_before = refusal_.size();
  if (!Reader(chunk, *this).read()) return fail(ErrorCode::unavailable, "the model server sent a chunk that is no JSON object");
  if (!error_.empty()) return fail(ErrorCode::unavailable, error_);
  answer.reasoning += whole_characters(thought_, reasoning_bytes_max - answer.reasoning.size());
  const std::string_view text = std::string_view(answer.text).substr(before);
  const bool is_of_the_model = !text.empty() || !thought_.empty() || refusal_.size() > refusal_before;
  refusal_.resize(whole_characters(refusal_, told_bytes_max).size());
  return Piece{.text = text, .is_of_the_model = is_of_the_model};
}

Result<void> ChatAnswer::check_refusal() const {
  if (refusal_.empty() || !answer.text.empty()) return {};
  return fail(ErrorCode::invalid_argument, "the model refused: " + refusal_);
}

Result<void> ChatAnswer::take_whole(std::string_view json) {
  auto taken = add_chunk(json);
  if (!taken) return pass_on(taken);
  if (auto said = check_refusal(); !said) return said;
  if (!has_reason_ && answer.text.empty()) return fail(ErrorCode::invalid_argument, "the model server's answer holds no choice");
  is_done_ = true;
  return {};
}

}  // namespace orc
