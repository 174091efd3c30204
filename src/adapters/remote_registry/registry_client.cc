#include "adapters/remote_registry/registry_client.h"

#include "domain/assert.h"

namespace orc {

RegistryClient::RegistryClient(std::string url, std::optional<TlsTrust> trust, std::string token)
    : url_(std::move(url)), trust_(std::move(trust)), token_(std::move(token)) {}

Async<HttpReply> RegistryClient::send(RegistryRequest request) {
  if (!token_.empty()) request.headers.push_back({"Authorization", "Bearer " + token_});
  co_return co_await pool_.run([&] { return exchange(request); });
}

Result<HttpReply> RegistryClient::exchange(const RegistryRequest& request) {
  HttpClient connection = take_connection();
  auto reply = connection.request(request.method, request.target, request.headers, request.body, request.timeout);
  if (!reply) return fail(ErrorCode::unavailable, "the plugin registry at " + url_ + " does not answer: " + reply.error().message);
  keep(std::move(connection));
  return reply;
}

HttpClient RegistryClient::take_connection() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      HttpClient kept = std::move(idle_.back());
      idle_.pop_back();
      return kept;
    }
  }
  auto made = HttpClient::create(url_, trust_);
  ORC_ASSERT(made.has_value());
  made->set_reply_max(answer_bytes_max);
  return std::move(*made);
}

void RegistryClient::keep(HttpClient connection) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
}

}  // namespace orc
