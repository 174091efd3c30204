#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "adapters/grpc/grpc_server.h"
#include "adapters/grpc/health_service.h"
#include "adapters/grpc/reflection_service.h"

namespace orc {

class RecordingGrpcObserver final : public GrpcObserver {
 public:
  void call_finished(const FinishedGrpcCall& call) override {
    change([&] { ends_.push_back(std::string(call.method) + " " + std::string(name_of(call.code))); });
  }
  void connections_changed(std::size_t open) override {
    change([&] { open_ = open; });
  }
  void connection_cut(GrpcCut why, std::string_view) override {
    change([&] { cuts_.push_back(why); });
  }
  void handler_failed(std::string_view method, std::string_view what) override {
    change([&] { failures_.push_back(std::string(method) + ": " + std::string(what)); });
  }

  // "/service/Method STATUS" of every call.
  std::vector<std::string> ends() {
    const std::scoped_lock lock(mutex_);
    return ends_;
  }
  std::vector<GrpcCut> cuts() {
    const std::scoped_lock lock(mutex_);
    return cuts_;
  }
  std::vector<std::string> failures() {
    const std::scoped_lock lock(mutex_);
    return failures_;
  }
  // These are false after ten seconds.
  bool until_ended(std::size_t calls) {
    return until([&] { return ends_.size() >= calls; });
  }
  bool until_ended(std::size_t calls, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return ends_.size() >= calls; });
  }
  bool until_open(std::size_t connections) {
    return until([&] { return open_ == connections; });
  }
  bool until_cut() {
    return until([&] { return !cuts_.empty(); });
  }

 private:
  void change(auto&& apply) {
    const std::scoped_lock lock(mutex_);
    apply();
    changed_.notify_all();
  }
  bool until(auto&& reached) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), reached);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> ends_;
  std::vector<GrpcCut> cuts_;
  std::vector<std::string> failures_;
  std::size_t open_ = 0;
};

// Methods that behave as their names say. All under /test.Methods/.
class TestMethods {
 public:
  void add_to(MethodTable& methods) {
    add(methods, "Echo", [](GrpcCall&, std::string message) -> Answer { co_return message; });
    add(methods, "Enlarge", [](GrpcCall&, std::string message) -> Answer { co_return std::string(std::stoul(message), 'x'); });
    add(methods, "Refuse", [](GrpcCall&, std::string message) -> Answer { co_return end_call(GrpcCode::invalid_argument, message); });
    add(methods, "Throw", [](GrpcCall&, std::string) -> Answer {
      throw std::runtime_error("thrown");
      co_return std::string{};
    });
    add(methods, "Metadata", [](GrpcCall& call, std::string name) -> Answer { co_return std::string(call.metadata().value_of(name)); });
    add(methods, "Wait", [this](GrpcCall& call, std::string message) -> Answer { return wait(call, std::move(message)); });
    add(methods, "Hold", [this](GrpcCall& call, std::string bytes) -> Answer {
      if (!call.take_room(std::stoul(bytes))) co_return end_call(GrpcCode::unavailable, "no room");
      co_return co_await wait(call, "held");
    });
    add(methods, "Secret", [](GrpcCall&, std::string) -> Answer { co_return "known"; }, GrpcAccess::token);
    add(methods, "Local", [](GrpcCall&, std::string) -> Answer { co_return "here"; }, GrpcAccess::token_or_loopback);
    methods.add({.path = "/test.Methods/Repeat", .access = GrpcAccess::anyone, .handler = StreamHandler(&repeat)});
    methods.add({.path = "/test.Methods/Flood", .access = GrpcAccess::anyone, .handler = StreamHandler([this](GrpcStream& stream) {
                                                                                return flood(stream);
                                                                              })});
  }

  // Lets the calls of Wait go on. I/O thread.
  void release() {
    released_ = true;
    for (boost::asio::steady_timer* gate : gates_) gate->cancel();
  }
  // Any thread; false after ten seconds.
  bool until_waiting(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return waiting_ == count; });
  }
  bool until_given_up(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return given_up_ == count; });
  }
  std::size_t flooded() {
    const std::scoped_lock lock(mutex_);
    return flooded_;
  }

 private:
  using Answer = boost::asio::awaitable<GrpcResult<std::string>>;

  static void add(MethodTable& methods, const std::string& name, UnaryHandler handler, GrpcAccess access = GrpcAccess::anyone) {
    methods.add({.path = "/test.Methods/" + name, .access = access, .handler = std::move(handler)});
  }

  Answer wait(GrpcCall& call, std::string message) {
    boost::asio::steady_timer gate(co_await boost::asio::this_coro::executor, SteadyTime::max());
    gates_.push_back(&gate);
    call.on_over([&gate] { gate.cancel(); });
    change([this] { ++waiting_; });
    boost::system::error_code cancelled;
    if (!released_ && !call.is_over()) co_await gate.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    call.on_over(nullptr);
    std::erase(gates_, &gate);
    if (call.is_over()) change([this] { ++given_up_; });
    co_return message;
  }

  static boost::asio::awaitable<GrpcStatus> repeat(GrpcStream& stream) {
    while (const auto message = co_await stream.read())
      if (!co_await stream.write(*message)) break;
    co_return GrpcStatus{};
  }

  // Messages of 64 KiB until nobody takes them.
  boost::asio::awaitable<GrpcStatus> flood(GrpcStream& stream) {
    while (co_await stream.write(std::string(std::size_t{64} * 1024, 'x'))) change([this] { ++flooded_; });
    co_return GrpcStatus{};
  }

  void change(auto&& apply) {
    const std::scoped_lock lock(mutex_);
    apply();
    changed_.notify_all();
  }

  // I/O thread only.
  bool released_ = false;
  std::vector<boost::asio::steady_timer*> gates_;
  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;  // ever
  int given_up_ = 0;
  std::size_t flooded_ = 0;
};

// A server on 127.0.0.1 with its own I/O thread.
class GrpcTestServer {
 public:
  explicit GrpcTestServer(const GrpcLimits& limits = {}, GrpcSecurity security = {})
      : budget(limits.held_bytes_max, limits.held_bytes_allowance),
        health(io_.get_executor()),
        reflection_({"grpc.health.v1.Health"}),
        server_(io_, limits, budget, methods_, observer, std::move(security)) {
    methods.add_to(methods_);
    health.add_to(methods_);
    reflection_.add_to(methods_);
    health.set("", HealthService::Serving::yes);
    auto endpoint = server_.start("127.0.0.1", 0);
    if (!endpoint) throw std::runtime_error(endpoint.error().message);
    port = endpoint->port;
    thread_ = std::thread([this] { io_.run(); });
  }
  ~GrpcTestServer() {
    on_io_thread([this] { methods.release(); });
    server_.wait(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    work_.reset();
    thread_.join();
  }

  // Runs `step` there and waits until it is done.
  void on_io_thread(auto&& step) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      step();
      done.set_value();
    });
    done.get_future().get();
  }
  std::uint64_t held() {
    std::uint64_t bytes = 0;
    on_io_thread([&] { bytes = budget.held(); });
    return bytes;
  }
  GrpcServer& server() { return server_; }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  MethodTable methods_;

 public:
  ByteBudget budget;  // of the I/O thread
  TestMethods methods;
  HealthService health;
  RecordingGrpcObserver observer;
  std::uint16_t port = 0;

 private:
  ReflectionService reflection_;
  GrpcServer server_;
  std::thread thread_;
};

}  // namespace orc
