#include "adapters/cli/bench_scenario.h"

#include <charconv>

#include "adapters/json/json_writer.h"

namespace orc {
namespace {

std::string request_bytes(const ServerAddress& server, std::string_view method, std::string_view target, std::string_view body) {
  std::string bytes(method);
  bytes.append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(server.url.substr(server.url.find("//") + 2)).append("\r\n");
  if (!server.token.empty()) bytes.append("Authorization: Bearer ").append(server.token).append("\r\n");
  if (!body.empty()) bytes.append("Content-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n");
  return bytes.append("\r\n").append(body);
}

std::string job_body(const ScenarioOptions& options) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("plugin_name", options.plugin);
  json.key("input_data").raw(options.input);
  json.end_object();
  return body;
}

Outcome<Scenario> get_scenario(ApiClient& client) {
  auto reply = client.get("/api/v1/jobs?limit=100");
  if (!reply) return std::unexpected(reply.error());
  const auto page = reply->json();
  if (!page) return std::unexpected(page.error());
  Scenario scenario;
  if (const auto items = page->find("items"))
    for (const auto job : items->elements())
      scenario.requests.push_back(request_bytes(client.server(), "GET", "/api/v1/jobs/" + text_of(job, "id"), {}));
  if (scenario.requests.empty()) return stop_with(ExitCode::usage, "there is no job to get; run `orc bench submit` first");
  return scenario;
}

}  // namespace

std::vector<std::string> scenario_names() { return {"submit", "batch", "get", "list", "health"}; }

Outcome<Scenario> prepare_scenario(ApiClient& client, const ScenarioOptions& options) {
  if (options.name == "health") return Scenario{.requests = {request_bytes(client.server(), "GET", "/health", {})}};
  if (options.name == "list")
    return Scenario{.requests = {request_bytes(client.server(), "GET",
                                               "/api/v1/jobs?limit=50" + (options.query.empty() ? "" : "&" + options.query), {})}};
  if (options.name == "get") return get_scenario(client);
  if (options.plugin.empty()) return stop_with(ExitCode::usage, "--plugin NAME says whose jobs to submit; see: orc plugin list");
  const std::string job = job_body(options);
  if (options.name == "submit") return Scenario{.requests = {request_bytes(client.server(), "POST", "/api/v1/jobs", job)}};
  std::string body = R"({"jobs":[)";
  for (int i = 0; i < options.batch; ++i) body.append(i == 0 ? "" : ",").append(job);
  return Scenario{.requests = {request_bytes(client.server(), "POST", "/api/v1/jobs:batch", body + "]}")},
                  .jobs_per_answer = options.batch};
}

Outcome<HostAndPort> host_and_port(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  std::string rest = url.starts_with(scheme) ? url.substr(scheme.size()) : "";
  HostAndPort server;
  const auto colon = rest.rfind(':');
  if (colon != std::string::npos && !rest.ends_with(']')) {
    const auto [end, error] = std::from_chars(rest.data() + colon + 1, rest.data() + rest.size(), server.port);
    if (error != std::errc{} || end != rest.data() + rest.size()) rest.clear();
    rest.resize(std::min(colon, rest.size()));
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty()) return stop_with(ExitCode::usage, url + " is not http://HOST:PORT");
  server.host = std::move(rest);
  return server;
}

}  // namespace orc
