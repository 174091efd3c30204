#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/http/http_server.h"

namespace orc {

// A server for tests of who asks one: answers what it was told to, in turn for each method and path, and keeps what came.
class StubApi final : public HttpHandler, public HttpObserver {
 public:
  struct Answer {
    int status = 200;
    std::string body;
  };
  struct Seen {
    std::string request;  // "GET /path?query"
    std::string authorization;
    std::string media_type;
    std::string body;
    std::string idempotency_key;
    std::string last_event_id;
  };

  StubApi() : server_(loop_, HttpServerLimits{}, budget_, *this, *this), keep_(loop_.get_executor()) {
    port_ = server_.start("127.0.0.1", 0)->port;
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~StubApi() override {
    server_.wait(std::chrono::steady_clock::now() + std::chrono::seconds(5));
    keep_.reset();
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // The last answer for a request repeats.
  StubApi& answer(const std::string& request, int status, std::string body) {
    const std::lock_guard lock(mutex_);
    answers_[request].push_back({status, std::move(body)});
    return *this;
  }
  std::vector<Seen> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  boost::asio::awaitable<HeadDecision> before_body(HttpRequestHead&) override { co_return BodyRule{.body_max = std::uint64_t{64} << 20}; }
  boost::asio::awaitable<HttpResponse> handle(HttpRequest& request) override {
    const std::lock_guard lock(mutex_);
    const std::string name = request.method + " " + request.target;
    seen_.push_back({name, std::string(request.headers.value_of("authorization")), request.media_type(), request.body,
                     std::string(request.headers.value_of("idempotency-key")), std::string(request.headers.value_of("last-event-id"))});
    auto& answers = answers_[name];
    if (answers.empty()) co_return HttpResponse{.status = 404, .content_type = "application/json", .body = R"({"detail":"Not Found"})"};
    const Answer answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    co_return HttpResponse{.status = answer.status, .content_type = "application/json", .body = answer.body};
  }
  void request_finished(const FinishedRequest&) override {}
  void connections_changed(std::size_t) override {}
  void connection_cut(HttpCut, std::string_view) override {}
  void handler_failed(std::string_view, std::string_view) override {}

  ByteBudget budget_{HttpServerLimits{}.held_bytes_max, HttpServerLimits{}.held_bytes_allowance};
  boost::asio::io_context loop_;
  HttpServer server_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_;
  std::uint16_t port_ = 0;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Answer>> answers_;  // guarded by mutex_
  std::vector<Seen> seen_;                             // guarded by mutex_
};

}  // namespace orc
