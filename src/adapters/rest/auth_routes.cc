#include "adapters/rest/auth_routes.h"

#include <expected>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/rest/body_form.h"
#include "adapters/rest/problem.h"
#include "adapters/rest/user_json.h"

namespace orc {
namespace {

struct Credentials {
  std::string username;
  std::string password;
};

using ReadCredentials = std::expected<Credentials, std::vector<FieldFault>>;

// More than any e-mail or password can need; what is longer is refused before it costs a hash.
constexpr std::size_t username_length_max = 1024;

ReadCredentials credentials_of_json(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  if (!document) return std::unexpected(std::vector{malformed_json_fault(document.error())});
  FieldReader fields(document->root(), {"body"});
  Credentials read{.username = fields.required_string("username", {.length_max = username_length_max}),
                   .password = fields.required_string("password", {.length_max = password_bytes_max})};
  if (!fields.faults().empty()) return std::unexpected(fields.take_faults());
  return read;
}

// The OAuth2 password form (RFC 6749 section 4.3.2); its other fields mean nothing here.
ReadCredentials credentials_of_form(std::string_view body) {
  const auto fields = read_form(body);
  if (!fields) return std::unexpected(std::vector{FieldFault{{"body"}, "The form is not well formed", "value_error"}});
  std::vector<FieldFault> faults;
  const auto take = [&](std::string_view name, std::size_t length_max) {
    std::optional<std::string> value;
    for (const HttpParameter& field : *fields) {
      if (field.name != name) continue;
      if (value) faults.push_back({{"body", std::string(name)}, "Value error, the field may stand in the form once only", "value_error"});
      value = field.value;
    }
    if (!value) faults.push_back({{"body", std::string(name)}, "Field required", "missing"});
    if (value && value->size() > length_max)
      faults.push_back(
          {{"body", std::string(name)}, "String should have at most " + std::to_string(length_max) + " characters", "string_too_long"});
    if (value && value->contains('\0'))
      faults.push_back({{"body", std::string(name)}, "Value error, the character U+0000 is not allowed", "value_error"});
    return value.value_or("");
  };
  Credentials read{.username = take("username", username_length_max), .password = take("password", password_bytes_max)};
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return read;
}

}  // namespace

void AuthRoutes::add_to(RouteTable& table) {
  constexpr BodyWanted login_body{.form = BodyForm::json_or_form, .bytes_max = 16 * 1024};
  table.add("POST", "/api/v1/auth/token", Access::anyone, login_body, *this, &AuthRoutes::token);
  table.add("GET", "/api/v1/auth/me", Access::known, {}, *this, &AuthRoutes::me);
  table.add("GET", "/api/v1/users/me", Access::known, {}, *this, &AuthRoutes::me);
  table.add("GET", "/api/v1/session", Access::known, {}, *this, &AuthRoutes::session);
}

boost::asio::awaitable<HttpResponse> AuthRoutes::token(RestRequest& request) {
  const bool is_json = request.http.media_type() == "application/json";
  auto credentials = is_json ? credentials_of_json(request.http.body) : credentials_of_form(request.http.body);
  if (!credentials) co_return unprocessable(credentials.error());
  // By both, so that nobody can keep an account's owner out from another address.
  const std::string attempt = request.http.peer_address + " " + normalise_email(credentials->username).value_or(credentials->username);
  if (const auto wait = failed_logins_.wait_of(attempt))
    co_return too_often("Too many failed logins for this account from this address", *wait);
  const auto place = password_places_.take(request.http.peer_address);
  if (!place) co_return too_many_passwords();
  failed_logins_.spend(attempt, 1);  // before it is known, so that guesses that are made at once are no more than those in a row
  auto session = co_await log_in_.run(std::move(credentials->username), std::move(credentials->password), request.http.peer_address);
  const bool has_failed = !session && session.error().code == ErrorCode::unauthenticated;
  if (!has_failed) failed_logins_.give_back(attempt, 1);
  // Only who knows the password learns that the account is switched off; the contract calls that 400.
  if (!session && session.error().code == ErrorCode::permission_denied) co_return problem(400, session.error().message);
  if (!session) co_return problem(session.error());
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("access_token", session->token);
  json.member("token_type", "bearer");
  json.member("expires_in", session->expires_in.count());
  json.end_object();
  co_return json_answer(200, std::move(text));
}

boost::asio::awaitable<HttpResponse> AuthRoutes::me(RestRequest& request) {
  const auto user = co_await users_.get(request.actor.principal.user);
  if (!user) co_return problem(user.error());
  co_return json_answer(200, user_text(*user));
}

boost::asio::awaitable<HttpResponse> AuthRoutes::session(RestRequest& request) {
  const Principal& principal = request.actor.principal;
  std::string account = "null";
  if (!principal.is_operator()) {
    const auto user = co_await users_.get(principal.user);
    if (!user) co_return problem(user.error());
    account = user_text(*user);
  }
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("user").raw(account);
  write_scopes(json, "scopes", principal.scopes);
  json.end_object();
  co_return json_answer(200, std::move(text));
}

}  // namespace orc
