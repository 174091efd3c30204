#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace orc {

// A server for tests that takes requests, one a connection, and hangs up on some of them without an answer, as a broken network would.
class LosingServer {
 public:
  struct Seen {
    std::string body;
    std::string idempotency_key;
  };

  // The status of the answer to each request in turn; 0: hang up. It listens for no more than those.
  LosingServer(std::vector<unsigned> statuses, std::string answer)
      : statuses_(std::move(statuses)), answer_(std::move(answer)), acceptor_(loop_, {boost::asio::ip::address_v4::loopback(), 0}) {
    port_ = acceptor_.local_endpoint().port();
    thread_ = std::thread([this] { serve(); });
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // Waits until all of the requests have come.
  std::vector<Seen> seen() {
    thread_.join();
    return seen_;
  }

 private:
  void serve() {
    for (const unsigned status : statuses_) {
      auto socket = acceptor_.accept();
      seen_.push_back(read_request(socket));
      if (status == 0) continue;
      const std::string reply = "HTTP/1.1 " + std::to_string(status) +
                                " Status\r\nConnection: close\r\nContent-Length: " + std::to_string(answer_.size()) + "\r\n\r\n" + answer_;
      boost::asio::write(socket, boost::asio::buffer(reply));
    }
    acceptor_.close();
  }

  static Seen read_request(boost::asio::ip::tcp::socket& socket) {
    std::string bytes;
    const std::size_t head_size = boost::asio::read_until(socket, boost::asio::dynamic_buffer(bytes), "\r\n\r\n");
    const std::string head = bytes.substr(0, head_size);
    const std::size_t body_size = std::stoul(field_of(head, "Content-Length"));
    const std::size_t missing = body_size - (bytes.size() - head_size);
    boost::asio::read(socket, boost::asio::dynamic_buffer(bytes), boost::asio::transfer_exactly(missing));
    return {.body = bytes.substr(head_size), .idempotency_key = field_of(head, "Idempotency-Key")};
  }

  static std::string field_of(const std::string& head, std::string_view name) {
    const std::size_t begin = head.find("\r\n" + std::string(name) + ": ") + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }

  const std::vector<unsigned> statuses_;
  const std::string answer_;
  boost::asio::io_context loop_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::thread thread_;
  std::vector<Seen> seen_;  // the thread's until it has ended
};

}  // namespace orc
