#include "adapters/rest/rest_api.h"

#include <algorithm>
#include <any>

#include "adapters/rest/api_key_routes.h"
#include "adapters/rest/artifact_routes.h"
#include "adapters/rest/auth_routes.h"
#include "adapters/rest/blob_routes.h"
#include "adapters/rest/body_form.h"
#include "adapters/rest/callback_routes.h"
#include "adapters/rest/dashboard_stats.h"
#include "adapters/rest/dead_letter_routes.h"
#include "adapters/rest/deliberation_routes.h"
#include "adapters/rest/deliberation_stream_routes.h"
#include "adapters/rest/docs_routes.h"
#include "adapters/rest/event_routes.h"
#include "adapters/rest/job_batch.h"
#include "adapters/rest/job_explanation.h"
#include "adapters/rest/job_history.h"
#include "adapters/rest/job_routes.h"
#include "adapters/rest/places_by_address.h"
#include "adapters/rest/plugin_routes.h"
#include "adapters/rest/problem.h"
#include "adapters/rest/system_routes.h"
#include "adapters/rest/user_routes.h"
#include "adapters/rest/worker_list_routes.h"
#include "adapters/rest/worker_routes.h"
#include "domain/assert.h"

namespace orc {
namespace {

// What before_body() leaves for handle() and complete().
struct Admitted {
  const Route* route;
  RouteMatch match;
  Actor actor;
  std::optional<UserId> user;  // of the actor, which handle() gives away
};

constexpr std::string_view unmatched = "unmatched";

// Passwords of one address that are hashed or wait for it at once: half of BcryptPasswordHasher::pool_size, so that another address finds
// a place whatever this one does.
constexpr int password_places_max = 16;

}  // namespace

// Declared in the order in which the routes are added, which is that of api/openapi.yaml.
struct RestApi::Themes {
  Themes(RestSurface surface, const RestUseCases& use_cases, const RestPorts& given, const RestSettings& settings)
      : ports(given),
        system(surface, ports),
        docs(surface),
        auth(use_cases, ports, password_places),
        users(use_cases, ports, password_places),
        keys(use_cases, ports),
        submissions(use_cases, ports),
        jobs(use_cases, ports, submissions),
        batch(ports, submissions),
        history(use_cases, ports),
        artifacts(use_cases, ports),
        callbacks(use_cases, ports),
        explanations(use_cases),
        dead_letters(use_cases, ports),
        deliberations(use_cases, ports),
        deliberation_stream(use_cases, ports),
        events(ports, settings.events_stay),
        blobs(use_cases),
        plugins(surface, use_cases, ports),
        dashboard(ports),
        worker_list(use_cases, ports),
        workers({.desk = use_cases.work_desk,
                 .workers = ports.workers,
                 .blobs = ports.blobs,
                 .parsing = ports.parsing,
                 .wake_ups = ports.wake_ups,
                 .clock = ports.clock,
                 .least = settings.isolation}) {}

  void add_to(RestSurface surface, RouteTable& table) {
    system.add_to(table);
    docs.add_to(table);
    plugins.add_to(table);
    if (surface == RestSurface::registry) return;
    auth.add_to(table);
    users.add_to(table);
    keys.add_to(table);
    jobs.add_to(table);
    batch.add_to(table);
    history.add_to(table);
    artifacts.add_to(table);
    callbacks.add_to(table);
    explanations.add_to(table);
    dead_letters.add_to(table);
    deliberations.add_to(table);
    deliberation_stream.add_to(table);
    events.add_to(table);
    blobs.add_to(table);
    dashboard.add_to(table);
    worker_list.add_to(table);
    workers.add_to(table);
  }

  const RestPorts ports;
  PlacesByAddress password_places{password_places_max};
  SystemRoutes system;
  DocsRoutes docs;
  AuthRoutes auth;
  UserRoutes users;
  ApiKeyRoutes keys;
  Submissions submissions;
  JobRoutes jobs;
  JobBatch batch;
  JobHistory history;
  ArtifactRoutes artifacts;
  CallbackRoutes callbacks;
  JobExplanations explanations;
  DeadLetterRoutes dead_letters;
  DeliberationRoutes deliberations;
  DeliberationStreamRoutes deliberation_stream;
  EventRoutes events;
  BlobRoutes blobs;
  PluginRoutes plugins;
  DashboardStats dashboard;
  WorkerListRoutes worker_list;
  WorkerRoutes workers;
};

RestApi::RestApi(RestSurface surface, const RestUseCases& use_cases, RestPorts ports, RestSettings settings)
    : settings_(std::move(settings)),
      cross_origin_(settings_.cors_origins),
      access_log_(ports.access_log),
      authentication_(use_cases.authenticate, ports.workers,
                      surface == RestSurface::registry ? TokenUse::plugin_registry : TokenUse::everything, settings_.registry_writing),
      themes_(std::make_unique<Themes>(surface, use_cases, ports, settings_)) {
  themes_->add_to(surface, table_);
}

RestApi::~RestApi() = default;

void RestApi::end_waits() { themes_->workers.end_waits(); }

bool RestApi::is_allowed_host(const HttpRequestHead& head) const {
  // Browsers name the origin of whatever could change something. A page that had its own name resolve to this address would do so too.
  if (settings_.allowed_hosts.empty() || !head.headers.find("origin")) return true;
  const std::string_view name = host_name_of(head.headers.value_of("host"));
  return std::ranges::any_of(settings_.allowed_hosts, [name](const std::string& allowed) { return same_ignoring_case(allowed, name); });
}

void RestApi::complete(const HttpRequestHead& head, HttpResponse& response) {
  const auto* admitted = std::any_cast<Admitted>(&head.context);
  if (admitted) response.route = admitted->route->pattern;
  response.headers.push_back({"X-Request-Id", head.request_id});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  const bool says_caching = std::ranges::find(response.headers, "Cache-Control", &HttpField::name) != response.headers.end();
  if (!says_caching) response.headers.push_back({"Cache-Control", "no-store"});
  cross_origin_.permit(head, response);
  // What was refused before anybody asked for its route is told by the log as the server's observer.
  if (!response.route.empty()) access_log_.answered(head, response, admitted ? admitted->user : std::nullopt);
}

boost::asio::awaitable<HeadDecision> RestApi::decide(HttpRequestHead& head) {
  if (!is_allowed_host(head))
    co_return problem(400, "The Host field names a host that this server does not answer for; --allowed-hosts lists them");
  auto found = table_.find(head.method, head.path);
  if (auto* refused = std::get_if<HttpResponse>(&found)) {
    if (cross_origin_.is_allowed_preflight(head)) co_return CrossOrigin::preflight_answer(head, *refused);
    HttpResponse response = problem(refused->status, http_reason(refused->status));
    response.headers = std::move(refused->headers);
    response.route = refused->route;
    co_return response;
  }
  auto& match = std::get<RouteMatch>(found);
  const Route& route = table_.at(match.route);
  const auto with_route = [&route](HttpResponse response) {
    response.route = route.pattern;
    return response;
  };
  auto actor = co_await authentication_.admit(route.access, head);
  if (!actor) co_return with_route(std::move(actor).error());
  if (auto refused = refuse_form(route.body.form, head)) co_return with_route(std::move(*refused));
  const auto user = actor->user();
  head.context = Admitted{.route = &route, .match = std::move(match), .actor = std::move(*actor), .user = user};
  co_return BodyRule{.body_max = route.body.bytes_max, .advice = route.body.advice};
}

boost::asio::awaitable<HeadDecision> RestApi::before_body(HttpRequestHead& head) {
  HeadDecision decision = co_await decide(head);
  auto* response = std::get_if<HttpResponse>(&decision);
  if (response && response->route.empty()) response->route = unmatched;
  co_return decision;
}

boost::asio::awaitable<HttpResponse> RestApi::handle(HttpRequest& request) {
  auto* admitted = std::any_cast<Admitted>(&request.context);
  ORC_ASSERT(admitted);
  RestRequest admitted_request{.http = request, .path = admitted->match.parameters, .actor = std::move(admitted->actor)};
  co_return co_await admitted->route->answer(admitted_request);
}

}  // namespace orc
