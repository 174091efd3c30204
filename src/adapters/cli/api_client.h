#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/cli/client_context.h"
#include "adapters/cli/exit_code.h"
#include "adapters/cli/outage.h"
#include "adapters/cli/server_address.h"
#include "adapters/http/http_client.h"
#include "adapters/json/json_document.h"

namespace orc {

// A good answer of the server. Movable; its values stay valid.
class ApiReply {
 public:
  ApiReply(int status, std::string body) : status_(status), body_(std::make_unique<std::string>(std::move(body))) {}

  int status() const { return status_; }
  const std::string& body() const { return *body_; }

  // The body as JSON. Fails with internal, if it is none.
  Outcome<JsonValue> json();

 private:
  int status_;
  std::unique_ptr<std::string> body_;
  JsonDocument document_;
};

// No answer is larger: the largest are deliberations with 64 MiB of answers, which stand there twice, and in JSON six times as long at
// worst.
inline constexpr std::uint64_t api_answer_bytes_max = std::uint64_t{1} << 30;

// ApiClient speaks the REST API (contracts, sections 1, 2 and 11) for the commands. Blocking; not thread-safe.
// With the key of a data directory it goes on when the server has been started anew: that has another key, and it may have another address
// (docs/decisions/operator_key.md).
class ApiClient {
 public:
  // `find_again` gives the address as it is now, as find_server(); empty: it never changes.
  static Outcome<ApiClient> create(ServerAddress server, std::function<Outcome<ServerAddress>()> find_again = {});

  Outcome<ApiReply> get(const std::string& target) { return send("GET", target, {}); }
  // GET of what may be so large that its answer takes some time. Fails as send().
  Outcome<ApiReply> get_large(const std::string& target);
  // The same; waits until the server, which has room for few of them at once, has some for it.
  Outcome<ApiReply> get_large_when_there_is_room(const std::string& target);
  // PUT of what may be so large that its way takes some time. Fails as send().
  Outcome<ApiReply> put_large(const std::string& target, std::string_view body, std::string_view media_type);
  // Fails for every status from 400 on, with the server's words and what to do next.
  Outcome<ApiReply> send(std::string_view method, const std::string& target, std::string_view body,
                         std::string_view media_type = "application/json");

  // Posts JSON under an idempotency key of its own. A connection that is lost says nothing about what the server did: then the same is sent
  // again, which can make nothing twice, for as long as `outage` lasts, and for a few seconds while the server is still at the first one. A
  // server that was never reached is given up at once. Fails as send().
  Outcome<ApiReply> submit(const std::string& target, std::string_view body, const std::string& idempotency_key, Outage& outage);

  // Takes server-sent events as they come, those behind `last_event_id`, until `take` says false or the server ends them. Fails as send();
  // with unreachable, if the connection is lost or nothing comes for a minute.
  Outcome<void> stream(const std::string& target, const std::string& last_event_id, const std::function<bool(std::string_view)>& take);

  // For an exchange that waits on purpose.
  void set_timeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }
  const ServerAddress& server() const { return server_; }
  // Whether there ever was a connection: a server that was never reached has been given nothing to do.
  bool was_reached() const { return was_reached_; }

 private:
  // What may be done twice where it is not known whether it was done.
  enum class AfterLoss : std::uint8_t { ask_again, give_up };

  ApiClient(ServerAddress server, HttpClient http, std::function<Outcome<ServerAddress>()> find_again)
      : server_(std::move(server)), find_again_(std::move(find_again)), http_(std::move(http)) {}

  Result<HttpReply> exchange_large(std::string_view method, const std::string& target, std::string_view body,
                                   std::vector<HttpField> headers);
  Result<HttpReply> exchange(std::string_view method, const std::string& target, std::string_view body, std::vector<HttpField> headers);
  // Asks, and once more if the server turns out to have been started anew.
  Result<HttpReply> ask_server_of_now(AfterLoss after_loss, const std::function<Result<HttpReply>()>& ask);
  // Whether the server has another key or address now; takes it over.
  bool finds_another(std::chrono::milliseconds patience);
  std::vector<HttpField> with_token(std::vector<HttpField> headers) const;
  Outcome<ApiReply> outcome_of(Result<HttpReply> reply) const;

  ServerAddress server_;
  std::function<Outcome<ServerAddress>()> find_again_;
  HttpClient http_;
  std::chrono::milliseconds timeout_{30'000};
  bool was_reached_ = false;
};

// One that nobody else has.
std::string new_idempotency_key();

// One part of a path or of a query, every byte encoded that means something there.
std::string percent_encoded(std::string_view text);

// What a 4xx or 5xx means, in the server's words.
Failure failure_of_reply(int status, std::string_view body);

// Text of a member that is a string, "" when it is null or absent; other kinds as their bytes.
std::string text_of(JsonValue object, std::string_view member);

}  // namespace orc
