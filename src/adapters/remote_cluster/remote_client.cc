#include "adapters/remote_cluster/remote_client.h"

#include "adapters/json/json_document.h"
#include "adapters/worker_wire/worker_protocol.h"

namespace orc {
namespace {

constexpr std::uint64_t reply_bytes_max = std::uint64_t{80} << 20;  // a blob, or a claim of many runs

// The server's sentence, or its list of faults as it is.
std::string detail_of(const HttpReply& reply) {
  const auto document = JsonDocument::parse(reply.body);
  const auto detail = document ? document->root().find("detail") : std::nullopt;
  if (!detail) return "it answered with status " + std::to_string(reply.status);
  return detail->is_string() ? detail->string() : std::string(detail->raw().substr(0, 1000));
}

ErrorCode code_of(int status) {
  switch (status) {
    case 404:
      return ErrorCode::not_found;
    case 409:
      return ErrorCode::conflict;
    case 429:
      return ErrorCode::resource_exhausted;
    case 408:
    case 502:
    case 503:
    case 504:
      return ErrorCode::unavailable;
    default:
      return status >= 400 && status < 500 ? ErrorCode::invalid_argument : ErrorCode::internal;
  }
}

}  // namespace

Result<RemoteClient> RemoteClient::create(const RemoteServer& server) {
  auto http = HttpClient::create(server.url, server.trust);
  if (!http) return pass_on(http);
  http->set_reply_max(reply_bytes_max);
  return RemoteClient(server, std::move(*http));
}

Error RemoteClient::refused(int status) {
  const bool is_known = status == 403;
  Error error{is_known ? ErrorCode::permission_denied : ErrorCode::unauthenticated,
              server_.url + (is_known ? " knows this key, but it is not one for workers" : " does not know this key") +
                  ": an administrator makes one with `orc key add NAME --scope worker`"};
  refusal_ = error;
  refused_until_ = std::chrono::steady_clock::now() + refusal_pause;
  return error;
}

Result<std::string> RemoteClient::send(const RemoteRequest& request) {
  if (refusal_ && std::chrono::steady_clock::now() < refused_until_) return std::unexpected(*refusal_);
  std::vector<HttpField> headers = {{"Authorization", "Bearer " + server_.token}};
  if (!request.body.empty()) headers.push_back({"Content-Type", std::string(request.content_type)});
  auto reply = http_.request(request.method, std::string(worker_api_path) + request.target, headers, request.body, request.timeout);
  if (!reply) return pass_on(reply);
  if (reply->status == 401 || reply->status == 403) return std::unexpected(refused(reply->status));
  refusal_.reset();
  if (reply->status >= 200 && reply->status < 300) return std::move(reply->body);
  return fail(code_of(reply->status), detail_of(*reply));
}

}  // namespace orc
