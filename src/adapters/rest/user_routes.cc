#include "adapters/rest/user_routes.h"

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/rest/page_json.h"
#include "adapters/rest/problem.h"
#include "adapters/rest/user_json.h"

namespace orc {
namespace {

constexpr int users_limit_default = 100;
constexpr std::string_view user_not_found = "User not found";
constexpr std::string_view email_taken = "Email already registered";

// Length rules are wide here: the domain's own checks say better what is wrong.
constexpr StringRule email_rule{.length_max = 20'000};
constexpr StringRule password_rule{.length_max = 2 * password_bytes_max};
constexpr StringRule full_name_rule{.length_max = full_name_length_max};

// The domain's rules beside those of form, so that a client learns of all faults at once.
void check_email(FieldReader& fields, const std::string& email) {
  if (const auto good = normalise_email(email); !good) fields.add_fault("email", good.error().message);
}

void check_new_password(FieldReader& fields, const std::string& password) {
  if (const auto good = check_password(password); !good) fields.add_fault("password", good.error().message);
}

void check_full_name(FieldReader& fields, const std::optional<std::string>& name) {
  if (name && name->size() > full_name_length_max) fields.add_fault("full_name", "String should have at most 255 bytes");
}

bool has_fault(const FieldReader& fields, std::string_view name) {
  for (const FieldFault& fault : fields.faults())
    if (fault.loc.size() > 1 && fault.loc[1] == FieldStep(std::string(name))) return true;
  return false;
}

RegistrationRequest read_registration(FieldReader& fields) {
  RegistrationRequest wanted{.email = fields.required_string("email", email_rule),
                             .password = fields.required_string("password", password_rule),
                             .full_name = fields.optional_string("full_name", full_name_rule)};
  if (!has_fault(fields, "email")) check_email(fields, wanted.email);
  if (!has_fault(fields, "password")) check_new_password(fields, wanted.password);
  check_full_name(fields, wanted.full_name);
  return wanted;
}

// Null takes the name away; absent leaves it.
UserChangeRequest read_change(FieldReader& fields) {
  auto name = fields.optional_string("full_name", full_name_rule);
  check_full_name(fields, name);
  UserChangeRequest wanted{.email = fields.optional_string("email", email_rule),
                           .full_name = {},
                           .password = fields.optional_string("password", password_rule),
                           .is_active = fields.optional_boolean("is_active"),
                           .role = {}};
  if (const auto word = fields.optional_string("role", {})) {
    wanted.role = role_from_word(*word);
    if (!wanted.role) fields.add_fault("role", "Input should be 'admin' or 'user'");
  }
  if (wanted.email) check_email(fields, *wanted.email);
  if (wanted.password) check_new_password(fields, *wanted.password);
  if (fields.has("full_name")) wanted.full_name = std::move(name);
  return wanted;
}

}  // namespace

void UserRoutes::add_to(RouteTable& table) {
  constexpr BodyWanted account_body{.form = BodyForm::json, .bytes_max = 64 * 1024};
  table.add("POST", "/api/v1/users", Access::invited, account_body, *this, &UserRoutes::create);
  table.add("GET", "/api/v1/users", Access::read, {}, *this, &UserRoutes::list);
  table.add("GET", "/api/v1/users/{id}", Access::read, {}, *this, &UserRoutes::get);
  table.add("PUT", "/api/v1/users/{id}", Access::account, account_body, *this, &UserRoutes::change);
  table.add("DELETE", "/api/v1/users/{id}", Access::admin, {}, *this, &UserRoutes::erase);
}

boost::asio::awaitable<HttpResponse> UserRoutes::create(RestRequest& request) {
  // Before the body is judged: who may not, learns nothing else.
  if (const auto admitted = register_user_.admit(request.actor); !admitted) co_return problem(admitted.error());
  const auto document = JsonDocument::parse(request.http.body);
  if (!document) co_return unprocessable(malformed_json_fault(document.error()));
  FieldReader fields(document->root(), {"body"});
  auto wanted = read_registration(fields);
  if (!fields.faults().empty()) co_return unprocessable(fields.faults());
  const auto place = password_places_.take(request.http.peer_address);
  if (!place) co_return too_many_passwords();
  const auto user = co_await register_user_.run(std::move(request.actor), std::move(wanted));
  if (!user && user.error().code == ErrorCode::conflict) co_return problem(400, email_taken);
  if (!user) co_return problem(user.error());
  co_return json_answer(201, user_text(*user));
}

boost::asio::awaitable<HttpResponse> UserRoutes::list(RestRequest& request) {
  QueryReader query(request.http);
  const Page page = query.page(users_limit_default);
  if (!query.faults().empty()) co_return unprocessable(query.faults());
  const auto users = co_await users_.list(page);
  if (!users) co_return problem(users.error());
  co_return page_answer(users->total, users->items, write_user);
}

boost::asio::awaitable<HttpResponse> UserRoutes::get(RestRequest& request) {
  const auto id = path_id(request.path, user_not_found);
  if (!id) co_return id.error();
  const auto user = co_await users_.get(UserId{*id});
  if (!user && user.error().code == ErrorCode::not_found) co_return problem(404, user_not_found);
  if (!user) co_return problem(user.error());
  co_return json_answer(200, user_text(*user));
}

// Existence before ownership before the body (contract section 1).
boost::asio::awaitable<HttpResponse> UserRoutes::change(RestRequest& request) {
  const auto id = path_id(request.path, user_not_found);
  if (!id) co_return id.error();
  const auto present = co_await users_.get(UserId{*id});
  if (!present && present.error().code == ErrorCode::not_found) co_return problem(404, user_not_found);
  if (!present) co_return problem(present.error());
  if (!request.actor.is_admin() && request.actor.user() != present->id) co_return problem(403, "Insufficient permissions");

  const auto document = JsonDocument::parse(request.http.body);
  if (!document) co_return unprocessable(malformed_json_fault(document.error()));
  FieldReader fields(document->root(), {"body"});
  auto wanted = read_change(fields);
  if (!fields.faults().empty()) co_return unprocessable(fields.faults());

  // Who sends back the account as it was read asks for no change of what only administrators may change.
  if (wanted.is_active == present->is_active) wanted.is_active.reset();
  if (wanted.role == present->role) wanted.role.reset();
  const bool touches_email_only = wanted.email && !wanted.is_active && !wanted.role;
  const auto place = wanted.password ? password_places_.take(request.http.peer_address) : std::nullopt;
  if (wanted.password && !place) co_return too_many_passwords();
  const auto user = co_await change_user_.run(std::move(request.actor), present->id, std::move(wanted));
  if (user) co_return json_answer(200, user_text(*user));
  const bool is_taken = user.error().code == ErrorCode::conflict && (touches_email_only || user.error().message == email_taken);
  if (is_taken) co_return problem(400, email_taken);
  co_return problem(user.error());
}

boost::asio::awaitable<HttpResponse> UserRoutes::erase(RestRequest& request) {
  const auto id = path_id(request.path, user_not_found);
  if (!id) co_return id.error();
  const auto erased = co_await delete_user_.run(std::move(request.actor), UserId{*id});
  if (!erased && erased.error().code == ErrorCode::not_found) co_return problem(404, user_not_found);
  if (!erased) co_return problem(erased.error());
  co_return no_content();
}

}  // namespace orc
