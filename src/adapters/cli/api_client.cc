#include "adapters/cli/api_client.h"

#include <algorithm>
#include <poll.h>
#include <utility>

#include "adapters/cli/terminal.h"
#include "adapters/system/system_random.h"

namespace orc {
namespace {

constexpr int unauthorised_status = 401;

// How long a repeat waits for the request before it to be answered: the server says 409 meanwhile.
constexpr int conflict_status = 409;
constexpr std::chrono::milliseconds held_key_patience{5'000};
constexpr std::chrono::milliseconds held_key_pause{50};

// How long one waits for room for a large answer, and then for the answer, over a line that may be slow.
constexpr int no_room_status = 503;
constexpr std::chrono::seconds room_patience{30};
constexpr std::chrono::milliseconds room_pause{500};
constexpr std::chrono::minutes large_exchange_patience{5};

// A server listens before it has written its key, a moment later.
constexpr std::chrono::milliseconds new_key_patience{1'000};
constexpr std::chrono::milliseconds new_key_pause{50};

// Of a stream of events; the server says something every fifteen seconds.
constexpr std::chrono::seconds silence_max{60};

std::string place_text(JsonValue loc) {
  std::string text;
  bool is_first = true;
  for (const auto step : loc.elements()) {
    const std::string part = step.as_string().value_or(std::string(step.raw()));
    if (!std::exchange(is_first, false) || (part != "body" && part != "query" && part != "path"))
      text.append(text.empty() ? "" : ".").append(part);
  }
  return text;
}

// The sentence of {"detail": "…"}, or the faults of a 422 in one line each.
std::string detail_of(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  if (!document) return "";
  const auto detail = document->root().find("detail");
  if (!detail) return "";
  if (detail->is_string()) return printable(detail->string());
  std::string text;
  for (const auto fault : detail->elements()) {
    const auto loc = fault.find("loc");
    std::string place = loc ? place_text(*loc) : "";
    const std::string sentence = text_of(fault, "msg");
    if (sentence.starts_with(place + " ")) place.clear();  // it names its field itself
    text.append(text.empty() ? "" : "\n").append(place).append(place.empty() ? "" : ": ").append(sentence);
  }
  return text;
}

ExitCode code_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return ExitCode::not_authorised;
    case 404:
    case 409:
      return ExitCode::not_found;
    case 429:
    case 502:
    case 503:
    case 504:
      return ExitCode::unreachable;
    default:
      return status >= 500 ? ExitCode::internal : ExitCode::usage;
  }
}

Result<HttpClient> connection_to(const ServerAddress& server) {
  auto trust = TlsTrust::for_server(server.url, server.ca_file, "--ca-file");
  if (!trust) return pass_on(trust);
  auto http = HttpClient::create(server.url, std::move(*trust));
  if (http) http->set_reply_max(api_answer_bytes_max);
  return http;
}

bool is_lost(const Result<HttpReply>& reply) { return !reply && reply.error().code == ErrorCode::unavailable; }

}  // namespace

Outcome<JsonValue> ApiReply::json() {
  if (auto parsed = document_.assign(*body_, {.bytes_max = api_answer_bytes_max, .nodes_max = 16'777'216}); !parsed)
    return stop_with(ExitCode::internal,
                     "the server's answer is no JSON: " + parsed.error().message + "\nIs there really an orc server at this address?");
  return document_.root();
}

Outcome<ApiClient> ApiClient::create(ServerAddress server, std::function<Outcome<ServerAddress>()> find_again) {
  auto http = connection_to(server);
  if (!http) return std::unexpected(failure_of(http.error()));
  return ApiClient(std::move(server), std::move(*http), std::move(find_again));
}

Outcome<ApiReply> ApiClient::send(std::string_view method, const std::string& target, std::string_view body, std::string_view media_type) {
  std::vector<HttpField> headers;
  if (!body.empty()) headers.push_back({"Content-Type", std::string(media_type)});
  return outcome_of(exchange(method, target, body, std::move(headers)));
}

Result<HttpReply> ApiClient::exchange_large(std::string_view method, const std::string& target, std::string_view body,
                                            std::vector<HttpField> headers) {
  const auto usual = std::exchange(timeout_, std::max<std::chrono::milliseconds>(timeout_, large_exchange_patience));
  auto reply = exchange(method, target, body, std::move(headers));
  timeout_ = usual;
  return reply;
}

Outcome<ApiReply> ApiClient::get_large(const std::string& target) { return outcome_of(exchange_large("GET", target, {}, {})); }

Outcome<ApiReply> ApiClient::put_large(const std::string& target, std::string_view body, std::string_view media_type) {
  return outcome_of(exchange_large("PUT", target, body, {{"Content-Type", std::string(media_type)}}));
}

Outcome<ApiReply> ApiClient::get_large_when_there_is_room(const std::string& target) {
  const auto deadline = std::chrono::steady_clock::now() + room_patience;
  auto reply = exchange_large("GET", target, {}, {});
  while (reply && reply->status == no_room_status && std::chrono::steady_clock::now() < deadline) {
    ::poll(nullptr, 0, static_cast<int>(room_pause.count()));
    reply = exchange_large("GET", target, {}, {});
  }
  return outcome_of(std::move(reply));
}

Outcome<ApiReply> ApiClient::submit(const std::string& target, std::string_view body, const std::string& idempotency_key, Outage& outage) {
  const std::vector<HttpField> headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", idempotency_key}};
  auto reply = exchange("POST", target, body, headers);
  if (!is_lost(reply) || !was_reached_) return outcome_of(std::move(reply));
  reply = exchange("POST", target, body, headers);
  while (is_lost(reply) && outage.is_borne(outcome_of(reply).error())) reply = exchange("POST", target, body, headers);
  const auto deadline = std::chrono::steady_clock::now() + held_key_patience;
  while (reply && reply->status == conflict_status && std::chrono::steady_clock::now() < deadline) {
    ::poll(nullptr, 0, static_cast<int>(held_key_pause.count()));
    reply = exchange("POST", target, body, headers);
  }
  if (reply) outage.end();
  return outcome_of(std::move(reply));
}

Result<HttpReply> ApiClient::exchange(std::string_view method, const std::string& target, std::string_view body,
                                      std::vector<HttpField> headers) {
  headers.push_back({"Accept", "application/json"});
  const auto after_loss = method == "POST" ? AfterLoss::give_up : AfterLoss::ask_again;
  return ask_server_of_now(after_loss, [&] { return http_.request(method, target, with_token(headers), body, timeout_); });
}

Result<HttpReply> ApiClient::ask_server_of_now(AfterLoss after_loss, const std::function<Result<HttpReply>()>& ask) {
  auto reply = ask();
  // HttpClient's sentence says which it was.
  if (!is_lost(reply) || !reply.error().message.starts_with("cannot connect")) was_reached_ = true;
  if (!server_.has_operator_key || !find_again_) return reply;
  if (reply && reply->status == unauthorised_status) return finds_another(new_key_patience) ? ask() : std::move(reply);
  if (is_lost(reply) && finds_another({}) && after_loss == AfterLoss::ask_again) return ask();
  return reply;
}

bool ApiClient::finds_another(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto found = find_again_();
    // Another login that was made meanwhile is not meant.
    if (found && found->has_operator_key && (found->url != server_.url || found->token != server_.token)) {
      auto http = connection_to(*found);
      if (!http) return false;
      server_ = std::move(*found);
      http_ = std::move(*http);
      return true;
    }
    if (std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, static_cast<int>(new_key_pause.count()));
  }
}

std::vector<HttpField> ApiClient::with_token(std::vector<HttpField> headers) const {
  headers.push_back({"User-Agent", "orc/" ORC_VERSION});
  if (!server_.token.empty()) headers.push_back({"Authorization", "Bearer " + server_.token});
  return headers;
}

Outcome<void> ApiClient::stream(const std::string& target, const std::string& last_event_id,
                                const std::function<bool(std::string_view)>& take) {
  const std::vector<HttpField> headers = {{"Accept", "text/event-stream"}, {"Last-Event-ID", last_event_id}};
  // Of one that was lost the caller has taken a part.
  auto reply =
      outcome_of(ask_server_of_now(AfterLoss::give_up, [&] { return http_.stream(target, with_token(headers), silence_max, take); }));
  if (!reply) return std::unexpected(reply.error());
  return {};
}

Outcome<ApiReply> ApiClient::outcome_of(Result<HttpReply> reply) const {
  if (!reply && reply.error().code == ErrorCode::resource_exhausted)
    return stop_with(ExitCode::internal,
                     reply.error().message + ", and orc reads no larger ones.\nIs there really an orc server at this address?");
  if (!reply)
    return stop_with(ExitCode::unreachable, reply.error().message + "\n(the server at " + server_.url +
                                                "; start one with `orc serve`, or name another with --url)");
  if (reply->status >= 400) {
    Failure failure = failure_of_reply(reply->status, reply->body);
    // An unknown path, or words that orc would not use: it may be another server altogether.
    const std::string words = detail_of(reply->body);
    if (words.empty() || words == "Not Found")
      failure.message += "\n(" + server_.url + "; is there an orc server? Name another with --url or ORC_URL)";
    return std::unexpected(std::move(failure));
  }
  return ApiReply(reply->status, std::move(reply->body));
}

std::string new_idempotency_key() { return SystemRandom().token(16); }

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const unsigned char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        std::string_view("-._~").contains(static_cast<char>(c))) {
      encoded += static_cast<char>(c);
    } else {
      encoded += '%';
      encoded += digits[c >> 4];
      encoded += digits[c & 15];
    }
  }
  return encoded;
}

Failure failure_of_reply(int status, std::string_view body) {
  std::string words = detail_of(body);
  if (words.empty()) words = "the server answered " + std::to_string(status) + ", and gave no reason";
  const bool was_login = words == "Incorrect email or password";
  if (status == 401 && !was_login) words += "\nLog in with `orc login URL`, or set ORC_TOKEN.";
  if (words == "Insufficient permissions")
    words +=
        "\nAn administrator may (one gives the role with `orc user role EMAIL admin`), and where a thing has an owner, its owner; an API "
        "key "
        "may\nwhat its scopes say (`orc key list`).";
  if (words == "Plugin not found") words += "\nSee what there is: orc plugin list";
  if (words == "Job not found") words += "\nSee what there is: orc job list";
  if (status == 429 || status == 503) words += "\nTry again in a moment.";
  return {code_of(status), std::move(words)};
}

std::string text_of(JsonValue object, std::string_view member) {
  const auto value = object.find(member);
  if (!value || value->is_null()) return "";
  return value->is_string() ? value->string() : std::string(value->raw());
}

}  // namespace orc
