#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace orc {

// StubEngine listens where a Docker Engine would and answers what a test says, byte by byte: for what a real one never does. What real ones
// do is tested with a real one (tests/processes/docker_test.py). Answers on a thread of its own.
class StubEngine {
 public:
  struct Answer {
    std::string bytes;
    enum class Then : std::uint8_t { close, stall } then = Then::close;  // stall: silent until the other side closes
  };

  // `answer` is given the request's first line and headers as they came.
  explicit StubEngine(std::function<Answer(const std::string& request)> answer);
  ~StubEngine();
  StubEngine(const StubEngine&) = delete;
  StubEngine& operator=(const StubEngine&) = delete;

  std::string socket() const { return (folder_ / "engine.sock").string(); }

  // The first lines of all requests so far, less the version of HTTP: "GET /_ping".
  std::vector<std::string> requests() const;

  // An answer with a body of JSON.
  static Answer json(int status, const std::string& body, const std::string& headers = {});

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(boost::asio::local::stream_protocol::socket socket);

  const std::function<Answer(const std::string&)> answer_;
  const std::filesystem::path folder_;
  boost::asio::io_context io_;
  boost::asio::local::stream_protocol::acceptor acceptor_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;

  std::jthread thread_;
};

}  // namespace orc
