#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/http_client.h"
#include "adapters/system/work_pool.h"
#include "domain/result.h"
#include "domain/time.h"
#include "ports/async.h"

namespace orc {

struct RegistryRequest {
  std::string method;
  std::string target;  // path and query as they go over the wire, from "/api/v1/plugins" on
  std::vector<HttpField> headers;
  std::string body;
  std::chrono::milliseconds timeout = question_max;  // of all of it, the wait for a thread included

  static constexpr std::chrono::milliseconds question_max{3'000};
};

// RegistryClient asks a plugin registry that is a process of its own (contract section 2). Up to `at_once` requests run at a time, each on
// a thread and a connection; more wait, up to `waiting_max`. Thread-safe. Must end before the io_context whose coroutines it resumes.
class RegistryClient {
 public:
  static constexpr std::size_t at_once = 4;
  static constexpr std::size_t waiting_max = 256;
  static constexpr std::uint64_t answer_bytes_max = std::uint64_t{64} << 20;

  // `url`: http://host:port, or https:// and then `trust` says whose word counts for who it is: the two are as TlsTrust::for_server() has
  // them. `token`: said with every request (RFC 6750); empty: none.
  RegistryClient(std::string url, std::optional<TlsTrust> trust, std::string token);
  ~RegistryClient();  // stop()
  RegistryClient(const RegistryClient&) = delete;
  RegistryClient& operator=(const RegistryClient&) = delete;

  // Its answer, whatever the status. Errors: unavailable, with the URL and why; resource_exhausted, if too many wait.
  Async<HttpReply> send(RegistryRequest request);

  const std::string& url() const { return url_; }

  // Hangs up on what is asked just now, refuses what comes later, and ends the threads. Blocks, but not for an answer. Safe twice.
  void stop();

 private:
  // One that a thread has for itself, where stop() finds it.
  class Loan;

  Result<HttpReply> exchange(const RegistryRequest& request, SteadyTime deadline);
  HttpClient take_connection();
  void keep(HttpClient connection);

  const std::string url_;
  const std::optional<TlsTrust> trust_;
  const std::string token_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<HttpClient> idle_;   // guarded by mutex_; at most `at_once`
  std::vector<HttpClient*> busy_;  // guarded by mutex_
  bool stopping_ = false;          // guarded by mutex_
  WorkPool pool_{"requests to the plugin registry", {.threads = at_once, .waiting_max = waiting_max}};
};

}  // namespace orc
