#include "adapters/model_stub/chat_question.h"

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/model_stub/fault_words.h"

namespace orc {
namespace {

// The text of a message: one string, or the texts among its parts.
std::string text_of(JsonValue message) {
  const auto content = message.find("content");
  if (!content) return {};
  if (content->is_string()) return content->string();
  std::string text;
  for (const JsonValue part : content->elements()) {
    if (const auto piece = part.find("text"); piece && piece->is_string()) text += piece->string();
  }
  return text;
}

}  // namespace

Result<ChatQuestion> read_chat_question(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  if (!document) return fail(ErrorCode::invalid_argument, "the body is no JSON: " + document.error().message);
  FieldReader fields(document->root(), {});
  ChatQuestion question;
  question.model = fields.required_string("model", {.length_min = 1, .length_max = 1'000});
  question.tokens_max = fields.optional_integer("max_tokens", {.min = 1});
  if (!question.tokens_max) question.tokens_max = fields.optional_integer("max_completion_tokens", {.min = 1});
  if (fields.optional_boolean("stream").value_or(false)) question.delivery = ChatQuestion::Delivery::streamed;
  if (const auto options = fields.optional_object("stream_options")) {
    const auto usage = options->find("include_usage");
    question.wants_usage = usage && usage->as_boolean().value_or(false);
  }
  const auto messages = fields.optional_array("messages");
  if (!fields.faults().empty()) return fail(ErrorCode::invalid_argument, fault_words(fields.faults().front()));
  if (!messages || messages->size() == 0) return fail(ErrorCode::invalid_argument, "messages: at least one is needed");
  for (const JsonValue message : messages->elements()) question.messages.push_back(text_of(message));
  return question;
}

}  // namespace orc
