#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/http_handler.h"
#include "adapters/http/http_limits.h"
#include "adapters/http/http_message.h"
#include "domain/time.h"

namespace orc {

// Where bytes land first. One for all connections, as no connection keeps it across a suspension: an idle one costs no buffer.
using ArrivalBuffer = std::array<char, 16 * 1024>;

// HttpStream is one client's socket with what was read and not yet used, what is to be written, and how long the client may take.
// I/O thread only. Linked into the server's list, whose sweep calls judge() on each.
class HttpStream : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // Whom the stream waits for, and so which limit holds.
  // `fresh` is idle before the first request.
  enum class Phase : std::uint8_t { fresh, idle, header, body, handler, writing, lingering };
  enum class Progress : std::uint8_t { made, ended };  // ended: closed by the client, broken or cut

  // `arrival` and `limits` must outlive the stream.
  HttpStream(boost::asio::ip::tcp::socket socket, const HttpServerLimits& limits, ArrivalBuffer& arrival);

  [[nodiscard]] std::string_view unread() const { return std::string_view{in_}.substr(in_begin_); }
  // Precondition: size <= unread().size().
  void consume(std::size_t size);
  // Waits for bytes and appends them to unread().
  boost::asio::awaitable<Progress> fill();

  // What flush() is to write next.
  [[nodiscard]] std::string& out() { return out_; }
  // Adds a long text behind out() without copying it. Only flush() may come next.
  void add_long(std::string text) { long_out_ = std::move(text); }
  [[nodiscard]] std::size_t unwritten() const { return out_.size() + long_out_.size(); }
  // Lets other connections run now and then.
  boost::asio::awaitable<Progress> flush();
  // Says that nothing more comes, then reads and drops what the client still sends, so that the last answer is not lost to a reset.
  boost::asio::awaitable<void> linger();
  // Calls `gone` once the client has closed its side or the connection is cut, and in give_up_body(); until the watch is destroyed. For an
  // answer that takes long to give or to make. One at a time.
  [[nodiscard]] ClientWatch watch_client(std::function<void()> gone);
  // The kernel keeps less of what a slow reader has not taken than usual, from now on.
  void keep_little_unread();
  // Whoever gives or makes an answer that takes long should end it.
  void give_up_body();
  // Closes the socket; answers that were not written are lost.
  void close();
  // Lets other connections run.
  boost::asio::awaitable<void> step_aside();

  // Begins a phase: its clock starts now, its bytes at zero. Entering the present phase again changes nothing.
  void enter(Phase phase);
  [[nodiscard]] Phase phase() const { return phase_; }
  // Cuts the connection if its phase lasts longer than the limits allow; returns why.
  std::optional<HttpCut> judge(SteadyTime now);
  // Ends the present and every later wait with Progress::ended.
  void cut(HttpCut why);
  [[nodiscard]] std::optional<HttpCut> cut_for() const { return cut_; }

  [[nodiscard]] const std::string& peer_address() const { return peer_address_; }
  [[nodiscard]] std::uint16_t peer_port() const { return peer_port_; }

 private:
  [[nodiscard]] SteadyTime deadline() const;
  void release_large_buffers();

  const HttpServerLimits& limits_;
  ArrivalBuffer& arrival_;
  boost::asio::ip::tcp::socket socket_;
  std::string peer_address_;
  std::uint16_t peer_port_ = 0;

  std::string in_;
  std::size_t in_begin_ = 0;
  std::string out_;
  std::string long_out_;  // to be written behind out_

  std::weak_ptr<std::function<void()>> watch_;  // of an answer that takes long

  Phase phase_ = Phase::fresh;
  bool abandons_ = false;    // what the client has not taken goes with the socket
  SteadyTime since_;         // when the phase began
  std::uint64_t moved_ = 0;  // bytes in this phase
  std::optional<HttpCut> cut_;
};

}  // namespace orc
