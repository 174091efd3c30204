#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/http_client.h"
#include "adapters/system/work_pool.h"
#include "domain/result.h"
#include "ports/async.h"

namespace orc {

struct RegistryRequest {
  std::string method;
  std::string target;  // path and query as they go over the wire, from "/api/v1/plugins" on
  std::vector<HttpField> headers;
  std::string body;
  std::chrono::milliseconds timeout{3'000};  // of the whole exchange
};

// RegistryClient asks a plugin registry that is a process of its own (contract section 2). Up to `at_once` requests run at a time, each on
// a thread and a connection; more wait, up to `waiting_max`. Thread-safe.
class RegistryClient {
 public:
  static constexpr std::size_t at_once = 4;
  static constexpr std::size_t waiting_max = 256;
  static constexpr std::uint64_t answer_bytes_max = std::uint64_t{64} << 20;

  // `url`: http://host:port, or https:// and then `trust` says whose word counts for who it is: the two are as TlsTrust::for_server() has
  // them. `token`: said with every request (RFC 6750); empty: none.
  RegistryClient(std::string url, std::optional<TlsTrust> trust, std::string token);

  // Its answer, whatever the status. Errors: unavailable, with the URL and why; resource_exhausted, if too many wait.
  Async<HttpReply> send(RegistryRequest request);

  const std::string& url() const { return url_; }

 private:
  Result<HttpReply> exchange(const RegistryRequest& request);
  HttpClient take_connection();
  void keep(HttpClient connection);

  const std::string url_;
  const std::optional<TlsTrust> trust_;
  const std::string token_;
  std::mutex mutex_;
  std::vector<HttpClient> idle_;  // guarded by mutex_; at most `at_once`
  WorkPool pool_{"requests to the plugin registry", {.threads = at_once, .waiting_max = waiting_max}};
};

}  // namespace orc
