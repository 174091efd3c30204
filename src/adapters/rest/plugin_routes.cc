#include "adapters/rest/plugin_routes.h"

#include <algorithm>
#include <limits>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/package/plugin_manifest.h"
#include "adapters/rest/body_parsing.h"
#include "adapters/rest/page_json.h"
#include "adapters/rest/plugin_json.h"
#include "adapters/rest/problem.h"

namespace orc {
namespace {

constexpr int plugins_limit_default = 100;
// So often a change is made anew because another one came before it; each time one of them has got through.
constexpr int change_attempts_max = 32;
constexpr std::string_view plugin_not_found = "Plugin not found";

HttpResponse plugin_answer(int status, const Plugin& plugin) { return json_answer(status, plugin_text(plugin)); }

HttpResponse not_found_or(const Error& error) {
  if (error.code == ErrorCode::not_found) return problem(404, plugin_not_found);
  return problem(error);
}

// A description that cannot be a plugin, with every fault below `description`, where the client sent it; else the error's own answer.
HttpResponse refused(const PluginRefusal& refusal, const FieldPlace& description) {
  if (refusal.faults.empty()) return not_found_or(refusal.error);
  std::vector<FieldFault> faults = refusal.faults;
  for (FieldFault& fault : faults) fault.loc.insert(fault.loc.begin(), description.begin(), description.end());
  return unprocessable(faults);
}

bool is_id(std::string_view text) {
  return !text.empty() && text.front() != '0' && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

PluginRoutes::PluginRoutes(RestSurface surface, const RestUseCases& use_cases, const RestPorts& ports)
    : surface_(surface),
      add_plugin_(use_cases.add_plugin),
      change_plugin_(use_cases.change_plugin),
      upload_package_(use_cases.upload_package),
      roll_back_plugin_(use_cases.roll_back_plugin),
      delete_plugin_(use_cases.delete_plugin),
      plugins_(ports.plugins),
      parsing_(ports.parsing),
      elsewhere_(ports.registry) {}

void PluginRoutes::add_to(RouteTable& table) {
  const Access reading = surface_ == RestSurface::api ? Access::read : Access::anyone;
  const Access writing = surface_ == RestSurface::api ? Access::admin : Access::registry_write;
  constexpr BodyWanted plugin_body{.form = BodyForm::json, .bytes_max = 1024 * 1024};
  constexpr BodyWanted rollback_body{.form = BodyForm::json, .bytes_max = inline_body_max};
  constexpr BodyWanted package_body{.form = BodyForm::archive, .bytes_max = plugin_package_bytes_max};
  const auto add = [&](std::string_view method, std::string_view pattern, Access access, BodyWanted body, auto member) {
    table.add(method, pattern, access, body, *this, elsewhere_ ? &PluginRoutes::ask_elsewhere : member);
  };
  add("POST", "/api/v1/plugins", writing, plugin_body, &PluginRoutes::create);
  add("GET", "/api/v1/plugins", reading, {}, &PluginRoutes::list);
  add("GET", "/api/v1/plugins/{name}", reading, {}, &PluginRoutes::get);
  add("PUT", "/api/v1/plugins/{name}", writing, plugin_body, &PluginRoutes::change);
  add("DELETE", "/api/v1/plugins/{name}", writing, {}, &PluginRoutes::erase);
  add("GET", "/api/v1/plugins/{name}/versions", reading, {}, &PluginRoutes::versions);
  add("POST", "/api/v1/plugins/{name}/rollback", writing, rollback_body, &PluginRoutes::roll_back);
  add("PUT", "/api/v1/plugins/{name}/package", writing, package_body, &PluginRoutes::upload);
}

boost::asio::awaitable<HttpResponse> PluginRoutes::ask_elsewhere(RestRequest& request) {
  HttpRequest& http = request.http;
  // A plugin's name needs no encoding in the path.
  const bool names_one = !request.path.empty();
  if (names_one && !is_plugin_name(path_parameter(request.path, "name"))) co_return problem(404, plugin_not_found);
  // Never with the credentials that came: they open everything here, and the registry may be somebody else's. The operator's key is known
  // to its own process alone; without it a registry on loopback lets write who reaches it.
  RegistryQuestion question{.method = http.method,
                            .target = http.path,
                            .content_type = std::string(http.headers.value_of("Content-Type")),
                            .asker = request.actor.user(),
                            .body = std::move(http.body)};
  if (!http.query.empty()) question.target += "?" + http.query;
  auto reply = co_await elsewhere_(std::move(question));
  if (!reply) co_return problem(reply.error());
  HttpResponse response{.status = reply->status, .content_type = std::string(reply->headers.value_of("Content-Type")), .headers = {}};
  for (const std::string_view field : {"Retry-After", "WWW-Authenticate"})
    if (const auto value = reply->headers.find(field)) response.headers.push_back({std::string(field), std::string(*value)});
  response.body = std::move(reply->body);
  co_return response;
}

Async<Plugin> PluginRoutes::plugin_of(const RestRequest& request) {
  const std::string_view text = path_parameter(request.path, "name");
  if (!is_plugin_name(text)) co_return fail(ErrorCode::not_found, std::string(plugin_not_found));
  auto plugin = co_await plugins_.by_name(text);
  const bool may_be_id = !plugin && plugin.error().code == ErrorCode::not_found && is_id(text);
  if (!may_be_id) co_return plugin;
  const auto id = read_integer_text(text, 1, std::numeric_limits<std::int64_t>::max(), {});
  if (!id) co_return plugin;
  co_return co_await plugins_.by_id(PluginId{*id});
}

boost::asio::awaitable<HttpResponse> PluginRoutes::create(RestRequest& request) {
  auto wanted = co_await read_body(parsing_, request.http.body, read_new_plugin);
  if (!wanted) co_return problem(wanted.error());
  const auto plugin = co_await add_plugin_.run(std::move(request.actor), std::move(*wanted));
  if (plugin) co_return plugin_answer(201, *plugin);
  if (plugin.error().error.code == ErrorCode::conflict) co_return problem(400, "Plugin with this name already exists");
  co_return refused(plugin.error(), {"body"});
}

boost::asio::awaitable<HttpResponse> PluginRoutes::list(RestRequest& request) {
  QueryReader query(request.http);
  const Page page = query.page(plugins_limit_default);
  const std::string name_part(query.text("name").value_or(""));
  if (!query.faults().empty()) co_return unprocessable(query.faults());
  const auto plugins = co_await plugins_.list(name_part, page);
  if (!plugins) co_return problem(plugins.error());
  co_return page_answer(plugins->total, plugins->items, write_plugin);
}

boost::asio::awaitable<HttpResponse> PluginRoutes::get(RestRequest& request) {
  const auto plugin = co_await plugin_of(request);
  if (!plugin) co_return not_found_or(plugin.error());
  co_return plugin_answer(200, *plugin);
}

boost::asio::awaitable<HttpResponse> PluginRoutes::change(RestRequest& request) {
  auto present = co_await plugin_of(request);
  for (int attempt = 1; present; ++attempt) {
    const auto read = [&](std::string_view body) { return read_plugin_change(body, present->current.spec); };
    auto change = co_await read_body(parsing_, request.http.body, read);
    if (!change) co_return problem(change.error());
    change->content.based_on = present->current.id;
    const auto plugin = co_await change_plugin_.run(request.actor, present->id, std::move(*change));
    if (plugin) co_return plugin_answer(200, *plugin);
    const bool was_overtaken = plugin.error().error.code == ErrorCode::conflict;
    if (!was_overtaken || attempt == change_attempts_max) co_return refused(plugin.error(), {"body"});
    present = co_await plugins_.by_id(present->id);
  }
  co_return not_found_or(present.error());
}

boost::asio::awaitable<HttpResponse> PluginRoutes::erase(RestRequest& request) {
  const auto plugin = co_await plugin_of(request);
  if (!plugin) co_return not_found_or(plugin.error());
  const auto erased = co_await delete_plugin_.run(std::move(request.actor), plugin->id);
  if (!erased) co_return not_found_or(erased.error());
  co_return no_content();
}

boost::asio::awaitable<HttpResponse> PluginRoutes::versions(RestRequest& request) {
  const auto plugin = co_await plugin_of(request);
  if (!plugin) co_return not_found_or(plugin.error());
  const auto versions = co_await plugins_.versions(plugin->id);
  if (!versions) co_return not_found_or(versions.error());
  const auto write = [&](JsonWriter& json, const PluginVersion& version) { write_plugin_version(json, version, plugin->current.id); };
  co_return page_answer(static_cast<std::int64_t>(versions->size()), *versions, write);
}

boost::asio::awaitable<HttpResponse> PluginRoutes::roll_back(RestRequest& request) {
  const auto present = co_await plugin_of(request);
  if (!present) co_return not_found_or(present.error());
  const auto document = JsonDocument::parse(request.http.body);
  if (!document) co_return unprocessable(malformed_json_fault(document.error()));
  FieldReader fields(document->root(), {"body"});
  std::variant<std::string, PluginVersionId> version;
  if (const auto id = fields.optional_integer("version_id", {.min = 1}))
    version = PluginVersionId{*id};
  else
    version = fields.required_string("version", {.length_max = 40});
  if (!fields.faults().empty()) co_return unprocessable(fields.faults());
  const auto plugin = co_await roll_back_plugin_.run(std::move(request.actor), present->id, std::move(version));
  if (!plugin) co_return problem(plugin.error());
  co_return plugin_answer(200, *plugin);
}

boost::asio::awaitable<HttpResponse> PluginRoutes::upload(RestRequest& request) {
  const std::string name(path_parameter(request.path, "name"));
  if (!is_plugin_name(name))
    co_return unprocessable(
        FieldFault{.loc = {"path", "name"}, .msg = "String should match pattern '^[a-z0-9-]{1,100}$'", .type = "string_pattern_mismatch"});
  const auto uploaded = co_await upload_package_.run(std::move(request.actor), name, std::move(request.http.body));
  if (!uploaded) {
    const auto& [error, faults] = uploaded.error();
    const bool is_about_archive = faults.empty() && error.code == ErrorCode::invalid_argument;
    if (is_about_archive) co_return unprocessable(FieldFault{.loc = {"body"}, .msg = error.message, .type = "value_error"});
    co_return refused(uploaded.error(), {"body", "plugin.json"});
  }
  co_return plugin_answer(uploaded->effect == UploadedPlugin::Effect::added ? 201 : 200, uploaded->plugin);
}

}  // namespace orc
