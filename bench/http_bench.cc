// An HTTP server that answers 300 bytes from memory, to measure what HTTP alone costs:
//   orc_http_bench 18765 &  wrk -t1 -c64 -d4 --latency http://127.0.0.1:18765/
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <iostream>
#include <string>
#include <string_view>

#include "adapters/http/http_server.h"

namespace {

class FixedAnswer final : public orc::HttpHandler {
 public:
  boost::asio::awaitable<orc::HeadDecision> before_body(orc::HttpRequestHead&) override {
    co_return orc::BodyRule{.body_max = 1024 * 1024};
  }

  boost::asio::awaitable<orc::HttpResponse> handle(orc::HttpRequest&) override {
    orc::HttpResponse response;
    response.content_type = "application/json";
    response.body = text_;
    co_return response;
  }

 private:
  const std::string text_ = "{\"x\":\"" + std::string(292, 'x') + "\"}";
};

class NobodyListens final : public orc::HttpObserver {
 public:
  void request_finished(const orc::FinishedRequest&) override {}
  void connections_changed(std::size_t) override {}
  void connection_cut(orc::HttpCut, std::string_view) override {}
  void handler_failed(std::string_view, std::string_view) override {}
};

}  // namespace

int main(int count, char** arguments) {
  std::uint16_t port = 0;
  if (count == 2) {
    const std::string_view text = arguments[1];
    std::from_chars(text.data(), text.data() + text.size(), port);
  }
  boost::asio::io_context io{1};
  FixedAnswer handler;
  NobodyListens observer;
  const orc::HttpServerLimits limits;
  orc::ByteBudget budget(limits.held_bytes_max, limits.held_bytes_allowance);
  orc::HttpServer server(io, limits, budget, handler, observer);
  const auto endpoint = server.start("127.0.0.1", port);
  if (!endpoint) {
    std::cerr << endpoint.error().message << "\n";
    return 1;
  }
  std::cout << "listening on port " << endpoint->port << std::endl;
  io.run();
}
