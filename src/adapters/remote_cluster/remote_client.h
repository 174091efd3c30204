#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/http_client.h"
#include "adapters/system/work_pool.h"
#include "domain/result.h"
#include "domain/time.h"
#include "ports/async.h"

namespace orc {

// The server that a worker works for.
struct RemoteServer {
  std::string url;    // http://host:port, or https:// with `trust`
  std::string token;  // an API key with scope worker
  std::optional<TlsTrust> trust;
};

struct RemoteRequest {
  std::string_view method;
  std::string target;  // behind worker_api_path
  std::string body;
  std::chrono::milliseconds timeout{10'000};
  std::string_view content_type = "application/json";
};

// RemoteClient sends requests of the worker protocol, blocking. One object per thread, but for interrupt().
class RemoteClient {
 public:
  // After the key was refused, further requests fail without asking for so long.
  static constexpr std::chrono::seconds refusal_pause{10};

  // Errors: invalid_argument, naming the URL.
  static Result<RemoteClient> create(const RemoteServer& server);

  // The body of a good answer. Errors: unauthenticated and permission_denied, with what to do; not_found, conflict, invalid_argument, in
  // the server's words; resource_exhausted; unavailable; internal.
  Result<std::string> send(const RemoteRequest& request);

  // From any thread: hangs up on the request that is under way, if there is one.
  void interrupt() { http_.interrupt(); }

 private:
  RemoteClient(RemoteServer server, HttpClient http) : server_(std::move(server)), http_(std::move(http)) {}
  Error refused(int status);

  RemoteServer server_;
  HttpClient http_;
  std::optional<Error> refusal_;
  SteadyTime refused_until_{};
};

// RemoteLine is one thread with one connection: what has to wait for an answer waits there. Use it from one io_context, which outlives the
// line's last answer.
class RemoteLine {
 public:
  // `name` tells people which limit was reached.
  RemoteLine(std::string name, RemoteClient client)
      : pool_(std::move(name), {.threads = 1, .waiting_max = waiting_max}), client_(std::move(client)) {}

  Async<std::string> send(RemoteRequest request) {
    co_return co_await pool_.run([&]() { return client_.send(request); });
  }

  // Hangs up on the request that is under way, if there is one: it gives unavailable soon.
  void interrupt() { client_.interrupt(); }

  // Runs `work`, which gets the client and gives a Result, on the thread.
  template <typename Work>
  auto run(Work work) -> boost::asio::awaitable<std::invoke_result_t<Work&, RemoteClient&>> {
    co_return co_await pool_.run([&]() { return work(client_); });
  }

 private:
  static constexpr std::size_t waiting_max = 20'000;  // as many runs as a worker may hold

  WorkPool pool_;
  RemoteClient client_;  // of the pool's thread
};

}  // namespace orc
