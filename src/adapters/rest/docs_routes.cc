#include "adapters/rest/docs_routes.h"

#include "adapters/rest/embedded_files.h"

namespace orc {
namespace {

HttpResponse file_answer(std::string_view content_type, std::string_view content) {
  HttpResponse response;
  response.content_type = content_type;
  response.constant_body = content;
  response.headers.push_back({"Cache-Control", "no-cache"});
  return response;
}

// swagger-ui sets style attributes and draws its icons from data: addresses; scripts and requests stay on this origin.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

void DocsRoutes::add_to(RouteTable& table) {
  table.add("GET", "/openapi.json", Access::anyone, {}, *this, &DocsRoutes::document);
  table.add("GET", "/docs", Access::anyone, {}, *this, &DocsRoutes::page);
  table.add("GET", "/docs/", Access::anyone, {}, *this, &DocsRoutes::page);  // the links of the page are absolute
  table.add("GET", "/docs/start.js", Access::anyone, {}, *this, &DocsRoutes::start_script);
  table.add("GET", "/docs/swagger-ui-bundle.js", Access::anyone, {}, *this, &DocsRoutes::bundle);
  table.add("GET", "/docs/swagger-ui.css", Access::anyone, {}, *this, &DocsRoutes::style);
}

boost::asio::awaitable<HttpResponse> DocsRoutes::document(RestRequest&) {
  co_return file_answer("application/json", surface_ == RestSurface::api ? embedded::openapi() : embedded::registry_openapi());
}

boost::asio::awaitable<HttpResponse> DocsRoutes::page(RestRequest&) {
  HttpResponse response = file_answer("text/html; charset=utf-8", embedded::docs_page());
  response.headers.push_back({"Content-Security-Policy", std::string(page_policy)});
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
  co_return response;
}

boost::asio::awaitable<HttpResponse> DocsRoutes::start_script(RestRequest&) {
  co_return file_answer("text/javascript; charset=utf-8", embedded::docs_start_script());
}

boost::asio::awaitable<HttpResponse> DocsRoutes::bundle(RestRequest&) {
  co_return file_answer("text/javascript; charset=utf-8", embedded::swagger_ui_bundle());
}

boost::asio::awaitable<HttpResponse> DocsRoutes::style(RestRequest&) {
  co_return file_answer("text/css; charset=utf-8", embedded::swagger_ui_style());
}

}  // namespace orc
