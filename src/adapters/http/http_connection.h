#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/http/byte_budget.h"
#include "adapters/http/chunked_body.h"
#include "adapters/http/http_handler.h"
#include "adapters/http/http_limits.h"
#include "adapters/http/http_stream.h"
#include "adapters/http/request_head.h"
#include "adapters/http/response_bytes.h"
#include "adapters/system/store_patience.h"

namespace orc {

// What the connections of one server share. I/O thread only.
struct HttpSharing {
  HttpServerLimits limits;  // constant once the server has started
  ByteBudget& budget;
  HttpHandler& handler;
  HttpObserver& observer;
  std::uint64_t request_seed;  // random; makes request ids differ between runs
  std::uint64_t requests = 0;
  bool stopping = false;       // the next answer of each connection is its last
  bool closing_idle = false;   // who has been answered is not waited for any more
  bool closing_fresh = false;  // nor who has asked nothing yet
  DateLine date_line{};
  ArrivalBuffer arrival{};
};

// HttpConnection reads requests from one stream and answers them in order, one at a time.
class HttpConnection {
 public:
  // `sharing` must outlive the connection.
  HttpConnection(boost::asio::ip::tcp::socket socket, HttpSharing& sharing);

  // Serves until either side ends the connection.
  boost::asio::awaitable<void> serve();
  // Answers 503 to whatever comes.
  boost::asio::awaitable<void> turn_away();

  [[nodiscard]] HttpStream& stream() { return stream_; }

 private:
  enum class Next : std::uint8_t { request, close, gone };  // gone: nothing can be written any more

  boost::asio::awaitable<Next> serve_request();
  boost::asio::awaitable<Next> wait_for_head();
  boost::asio::awaitable<Next> answer(RequestFraming framing);
  boost::asio::awaitable<HttpResponse> response_of_handler();
  boost::asio::awaitable<Next> give_parts(HttpResponse response);
  boost::asio::awaitable<HeadDecision> decision_of_handler();
  boost::asio::awaitable<Next> read_body(const RequestFraming& framing, const BodyRule& rule);
  boost::asio::awaitable<Next> read_chunks(const BodyRule& rule);
  boost::asio::awaitable<Next> fill_body();
  Next skip_body(const RequestFraming& framing);

  bool grow_body(std::uint64_t size, std::uint64_t size_max);
  bool has_room_for_answer(const HttpResponse& response);
  Next refuse_for_room();
  void drop_body();

  void begin_request();
  Next finish(HttpResponse response, RequestFraming::After after);
  Next refuse_request(const HttpRefusal& refusal, std::string_view advice = {});
  Next after_failed_fill();
  HttpResponse failed_handler(std::string_view what);

  HttpSharing& sharing_;
  HttpStream stream_;
  ByteBudget::Share held_;  // by the present body and by answers that are not written yet
  RequestHeadReader head_reader_;
  HttpRequest request_;                      // the present one; its texts keep their memory for the next
  std::shared_ptr<StorePatience> patience_;  // of what serves; of each request anew
  std::size_t served_ = 0;
};

}  // namespace orc
