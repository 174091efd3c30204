#include "adapters/callback/callback_message.h"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "adapters/http/retry_after.h"
#include "adapters/json/json_writer.h"
#include "adapters/json/time_text.h"

namespace orc {
namespace {

void write_data(JsonWriter& json, const DueCallback& callback) {
  json.key("data").begin_object();
  json.member("id", std::to_underlying(callback.job));
  json.member("plugin_name", callback.plugin_name);
  json.member("plugin_version", callback.plugin_version);
  json.member("status", to_word(callback.status));
  json.member("error_message", callback.error_message);
  json.member("created_at", time_text(callback.created_at));
  json.member("completed_at", time_text(callback.ended_at));
  json.key("labels").begin_object();
  for (const auto& [name, value] : callback.labels) json.member(name, value);
  json.end_object();
  json.end_object();
}

// How long the receiver asks us to wait.
std::chrono::seconds asked_for_in(std::string_view head) {
  constexpr std::string_view field = "retry-after:";
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    if (boost::algorithm::istarts_with(line, field)) return parse_retry_after(line.substr(field.size())).value_or(std::chrono::seconds{0});
    head.remove_prefix(std::min(head.size(), line.size() + 2));
  }
  return std::chrono::seconds{0};
}

}  // namespace

std::string callback_body(const DueCallback& callback) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("type", "job." + std::string(to_word(callback.status)));
  json.member("timestamp", time_text(callback.ended_at));
  write_data(json, callback);
  json.end_object();
  return body;
}

std::string callback_request(const DueCallback& callback, const CallbackUrl& url, const CallbackSecrets& secrets, Timestamp now) {
  const std::string body = callback_body(callback);
  const std::string id = webhook_id(callback.id, callback.job, callback.ended_at);
  const std::string time = std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  std::string request = "POST " + url.target + " HTTP/1.1\r\n";
  const auto field = [&request](std::string_view name, std::string_view value) {
    request.append(name).append(": ").append(value).append("\r\n");
  };
  field("Host", url.authority());
  field("User-Agent", "orc/" ORC_VERSION);
  field("Content-Type", "application/json");
  field("Content-Length", std::to_string(body.size()));
  field("Connection", "close");
  field("webhook-id", id);
  field("webhook-timestamp", time);
  field("webhook-signature", secrets.signature(callback.owner, id, time, body));
  return request + "\r\n" + body;
}

std::optional<int> status_of_head(std::string_view head) {
  const bool is_one = (head.starts_with("HTTP/1.1 ") || head.starts_with("HTTP/1.0 ")) && head.size() >= 13 &&
                      (head[12] == ' ' || head[12] == '\r') && head.substr(9, 3).find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_one || head[9] == '0') return {};
  return (head[9] - '0') * 100 + (head[10] - '0') * 10 + (head[11] - '0');
}

Result<CallbackAnswer> read_callback_answer(std::string_view head) {
  using Kind = CallbackAnswer::Kind;
  const auto status = status_of_head(head);
  if (!status) return fail(ErrorCode::unavailable, "it did not answer with HTTP/1.1");
  const std::string answered = "it answered " + std::to_string(*status);
  if (*status >= 200 && *status < 300) return CallbackAnswer{.kind = Kind::taken, .status = status, .reason = {}, .asked_for = {}};
  if (*status == 410)
    return CallbackAnswer{.kind = Kind::gone, .status = status, .reason = answered + ": it wants to hear nothing more", .asked_for = {}};
  if (*status >= 300 && *status < 400)
    return CallbackAnswer{
        .kind = Kind::not_taken, .status = status, .reason = answered + ", and redirects are not followed", .asked_for = {}};
  return CallbackAnswer{.kind = Kind::not_taken, .status = status, .reason = answered, .asked_for = asked_for_in(head)};
}

}  // namespace orc
