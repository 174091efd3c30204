#include "adapters/rest/api_key_routes.h"

#include <algorithm>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/rest/page_json.h"
#include "adapters/rest/problem.h"
#include "adapters/rest/user_json.h"

namespace orc {
namespace {

constexpr std::size_t scopes_max = 4;

std::vector<Scope> read_scopes(FieldReader& fields) {
  std::vector<Scope> scopes;
  const auto words = fields.optional_string_list("scopes", scopes_max, {.length_max = 20});
  if (!words && fields.faults().empty()) fields.add_fault("scopes", "Field required: any of read, submit, admin, worker");
  for (const std::string& word : words.value_or(std::vector<std::string>{})) {
    const auto scope = scope_from_word(word);
    if (!scope) {
      fields.add_fault("scopes", "Input should be 'read', 'submit', 'admin' or 'worker', not '" + word + "'");
    } else if (std::ranges::find(scopes, *scope) == scopes.end()) {
      scopes.push_back(*scope);
    }
  }
  return scopes;
}

}  // namespace

void ApiKeyRoutes::add_to(RouteTable& table) {
  constexpr BodyWanted key_body{.form = BodyForm::json, .bytes_max = 16 * 1024};
  table.add("GET", "/api/v1/api-keys", Access::account, {}, *this, &ApiKeyRoutes::list);
  table.add("POST", "/api/v1/api-keys", Access::account, key_body, *this, &ApiKeyRoutes::create);
  table.add("DELETE", "/api/v1/api-keys/{id}", Access::account, {}, *this, &ApiKeyRoutes::erase);
}

boost::asio::awaitable<HttpResponse> ApiKeyRoutes::list(RestRequest& request) {
  const auto keys = co_await keys_.list(request.actor.principal.user);
  if (!keys) co_return problem(keys.error());
  co_return page_answer(static_cast<std::int64_t>(keys->size()), *keys, write_api_key);
}

boost::asio::awaitable<HttpResponse> ApiKeyRoutes::create(RestRequest& request) {
  if (request.actor.principal.is_operator())
    co_return problem(403, "A key belongs to an account, and the key of the data directory has none: log in first");
  const auto document = JsonDocument::parse(request.http.body);
  if (!document) co_return unprocessable(malformed_json_fault(document.error()));
  FieldReader fields(document->root(), {"body"});
  auto name = fields.required_string("name", {.length_min = 1, .length_max = 100});
  auto scopes = read_scopes(fields);
  if (!fields.faults().empty()) co_return unprocessable(fields.faults());
  const auto made = co_await create_api_key_.run(std::move(request.actor), std::move(name), std::move(scopes));
  if (!made) co_return problem(made.error());
  co_return json_answer(201, new_api_key_text(made->key, made->secret));
}

boost::asio::awaitable<HttpResponse> ApiKeyRoutes::erase(RestRequest& request) {
  constexpr std::string_view not_found = "API key not found";
  const auto id = path_id(request.path, not_found);
  if (!id) co_return id.error();
  const auto erased = co_await delete_api_key_.run(std::move(request.actor), ApiKeyId{*id});
  if (!erased && erased.error().code == ErrorCode::not_found) co_return problem(404, not_found);
  if (!erased) co_return problem(erased.error());
  co_return no_content();
}

}  // namespace orc
