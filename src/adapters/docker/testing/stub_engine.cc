#include "adapters/docker/testing/stub_engine.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>

namespace orc {
namespace {

namespace asio = boost::asio;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

std::filesystem::path new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "orc-stub-engine-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  return name;
}

}  // namespace

StubEngine::StubEngine(std::function<Answer(const std::string&)> answer)
    : answer_(std::move(answer)), folder_(new_folder()), acceptor_(io_, asio::local::stream_protocol::endpoint(socket())) {
  asio::co_spawn(io_, accept(), asio::detached);
  thread_ = std::jthread([this] { io_.run(); });
}

StubEngine::~StubEngine() {
  io_.stop();
  thread_.join();
  std::error_code ignored;  // a folder of the tests that stays hurts nobody
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> StubEngine::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

StubEngine::Answer StubEngine::json(int status, const std::string& body, const std::string& headers) {
  return {.bytes = "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" + headers +
                   "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

asio::awaitable<void> StubEngine::accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(no_throw);
    if (error) co_return;
    asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> StubEngine::serve(asio::local::stream_protocol::socket socket) {
  std::string head;
  const auto [cut, size] = co_await asio::async_read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n", no_throw);
  if (cut) co_return;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(head.substr(0, head.find(" HTTP/")));
  }
  const Answer answer = answer_(head);
  const auto [failed, sent] = co_await asio::async_write(socket, asio::buffer(answer.bytes), no_throw);
  if (failed || answer.then == Answer::Then::close) co_return;
  std::array<char, 4096> rest{};
  for (;;) {
    const auto [closed, more] = co_await socket.async_read_some(asio::buffer(rest), no_throw);
    if (closed) co_return;
  }
}

}  // namespace orc
