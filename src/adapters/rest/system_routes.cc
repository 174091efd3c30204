#include "adapters/rest/system_routes.h"

#include "adapters/json/json_writer.h"
#include "adapters/rest/problem.h"

namespace orc {

void SystemRoutes::add_to(RouteTable& table) {
  table.add("GET", "/", Access::anyone, {}, *this, &SystemRoutes::front);
  table.add("GET", "/health", Access::anyone, {}, *this, &SystemRoutes::health);
  table.add("GET", "/health/ready", Access::anyone, {}, *this, &SystemRoutes::ready);
  if (surface_ == RestSurface::api) table.add("GET", "/metrics", Access::scrape, {}, *this, &SystemRoutes::metrics);
}

boost::asio::awaitable<HttpResponse> SystemRoutes::front(RestRequest&) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("message", surface_ == RestSurface::api ? "Orc runs plugins" : "Orc plugin registry");
  json.member("version", ORC_VERSION);
  json.member("docs", "/docs");
  json.end_object();
  co_return json_answer(200, std::move(text));
}

boost::asio::awaitable<HttpResponse> SystemRoutes::health(RestRequest&) { co_return json_answer(200, R"({"status":"healthy"})"); }

boost::asio::awaitable<HttpResponse> SystemRoutes::ready(RestRequest&) {
  const ReadinessReport report = co_await ports_.readiness.report();
  const bool all_ready = report.all_ready();
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("status", all_ready ? "ready" : "not ready");
  json.key("checks").begin_object();
  for (const auto& [name, state] : report.checks) {
    json.key(name).begin_object();
    json.member("status", state ? "ready" : "not ready");
    json.member("detail", state ? *state : state.error().message);
    json.end_object();
  }
  json.end_object();
  json.end_object();
  HttpResponse response = json_answer(all_ready ? 200 : 503, std::move(text));
  if (!all_ready) response.headers.push_back({"Retry-After", "1"});
  co_return response;
}

boost::asio::awaitable<HttpResponse> SystemRoutes::metrics(RestRequest&) {
  HttpResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = co_await ports_.metrics();
  co_return response;
}

}  // namespace orc
