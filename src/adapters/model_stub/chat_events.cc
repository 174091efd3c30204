#include "adapters/model_stub/chat_events.h"

#include "adapters/json/json_writer.h"

namespace orc {
namespace {

std::int64_t unix_seconds(Timestamp time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

void write_usage(JsonWriter& json, StubUsage usage) {
  json.key("usage");
  json.begin_object();
  json.member("prompt_tokens", usage.in);
  json.member("completion_tokens", usage.out);
  json.member("total_tokens", usage.in + usage.out);
  json.end_object();
}

}  // namespace

ChatEvents::ChatEvents(std::uint64_t number, Timestamp created, std::string_view model)
    : number_(number), created_(created), model_(model), chunk_front_("data: " + front_of("chat.completion.chunk")) {}

// The object without its end: choices come next.
std::string ChatEvents::front_of(std::string_view object) const {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("id", "chatcmpl-" + std::to_string(number_));
  json.member("object", object);
  json.member("created", unix_seconds(created_));
  json.member("model", model_);
  return text;
}

std::string ChatEvents::whole(std::string_view text, std::string_view finish, StubUsage usage) const {
  std::string rest;
  JsonWriter json(rest);
  json.begin_object();
  json.key("choices");
  json.begin_array();
  json.begin_object();
  json.member("index", 0);
  json.key("message");
  json.begin_object();
  json.member("role", "assistant");
  json.member("content", text);
  json.end_object();
  json.member("finish_reason", finish);
  json.end_object();
  json.end_array();
  write_usage(json, usage);
  json.end_object();
  return front_of("chat.completion") + ',' + rest.substr(1);
}

void ChatEvents::append_token(std::string& out, std::string_view token) const {
  out += chunk_front_;
  out += R"(,"choices":[{"index":0,"delta":{"content":)";
  append_json_string(out, token);
  out += "},\"finish_reason\":null}]}\n\n";
}

void ChatEvents::append_finish(std::string& out, std::string_view finish) const {
  out += chunk_front_;
  out += R"(,"choices":[{"index":0,"delta":{},"finish_reason":)";
  append_json_string(out, finish);
  out += "}]}\n\n";
}

void ChatEvents::append_usage(std::string& out, StubUsage usage) const {
  std::string rest;
  JsonWriter json(rest);
  json.begin_object();
  json.key("choices");
  json.begin_array();
  json.end_array();
  write_usage(json, usage);
  json.end_object();
  out += chunk_front_ + ',' + rest.substr(1) + "\n\n";
}

void ChatEvents::append_done(std::string& out) { out += "data: [DONE]\n\n"; }

std::string chat_error(std::string_view message, std::string_view type) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("error");
  json.begin_object();
  json.member("message", message);
  json.member("type", type);
  json.end_object();
  json.end_object();
  return text;
}

std::string model_list(std::span<const std::string> models, Timestamp created) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("object", "list");
  json.key("data");
  json.begin_array();
  for (const std::string& model : models) {
    json.begin_object();
    json.member("id", model);
    json.member("object", "model");
    json.member("created", unix_seconds(created));
    json.member("owned_by", "orc");
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace orc
