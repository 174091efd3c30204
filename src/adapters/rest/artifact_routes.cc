#include "adapters/rest/artifact_routes.h"

#include <algorithm>

#include "adapters/json/json_writer.h"
#include "adapters/rest/job_json.h"
#include "adapters/rest/page_json.h"
#include "adapters/rest/problem.h"

namespace orc {
namespace {

// RFC 6266 with RFC 8187 for what is not ASCII. The name holds neither quotes nor controls (domain/job/artifact.h).
std::string disposition_of(const std::string& name) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain =
        (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || c == '.' || c == '-' || c == '_';
    if (is_plain) {
      encoded += c;
    } else {
      encoded.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
  return "attachment; filename*=UTF-8''" + encoded;
}

}  // namespace

void ArtifactRoutes::add_to(RouteTable& table) {
  table.add("GET", "/api/v1/jobs/{id}/artifacts", Access::read, {}, *this, &ArtifactRoutes::list);
  table.add("GET", "/api/v1/jobs/{id}/artifacts/{name}", Access::read, {}, *this, &ArtifactRoutes::get);
}

boost::asio::awaitable<std::expected<std::vector<Artifact>, HttpResponse>> ArtifactRoutes::artifacts_of(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return std::unexpected(id.error());
  const auto job = co_await job_access_.without_payloads(request.actor.principal, JobId{*id});
  if (!job) co_return std::unexpected(problem(job.error()));
  auto artifacts = co_await jobs_.artifacts(job->id);
  if (!artifacts) co_return std::unexpected(problem(artifacts.error()));
  co_return std::move(*artifacts);
}

boost::asio::awaitable<HttpResponse> ArtifactRoutes::list(RestRequest& request) {
  const auto artifacts = co_await artifacts_of(request);
  if (!artifacts) co_return artifacts.error();
  co_return page_answer(std::ssize(*artifacts), *artifacts, write_artifact);
}

boost::asio::awaitable<HttpResponse> ArtifactRoutes::get(RestRequest& request) {
  const auto artifacts = co_await artifacts_of(request);
  if (!artifacts) co_return artifacts.error();
  const auto found = std::ranges::find(*artifacts, path_parameter(request.path, "name"), &Artifact::name);
  if (found == artifacts->end()) co_return problem(404, "Artifact not found");
  auto bytes = co_await blobs_.get(found->hash);
  if (!bytes) co_return problem(bytes.error());
  HttpResponse response{.content_type = "application/octet-stream", .body = std::move(*bytes)};
  response.headers.push_back({"Content-Disposition", disposition_of(found->name)});
  co_return response;
}

}  // namespace orc
