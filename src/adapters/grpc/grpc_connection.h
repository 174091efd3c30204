#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/crypto/tls_session.h"
#include "adapters/grpc/grpc_session.h"
#include "adapters/grpc/grpc_sharing.h"

namespace orc {

// Where bytes land first. One for all connections, as none keeps it across a suspension: an idle one costs no buffer.
using GrpcArrival = std::array<char, 16 * 1024>;

// GrpcConnection moves bytes between a client's socket and its session, through TLS where that is on. I/O thread only. Linked into the
// server's list, whose sweep calls judge() on each.
class GrpcConnection : public std::enable_shared_from_this<GrpcConnection>,
                       public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // All that is passed must outlive serve(). `tls` is null where connections are in the clear.
  GrpcConnection(boost::asio::ip::tcp::socket socket, GrpcSharing& sharing, GrpcArrival& arrival, const TlsIdentity* tls);

  // Serves until either side ends the connection. Once.
  boost::asio::awaitable<void> serve();

  // As GrpcSession's.
  void announce_stop();
  void refuse_calls();
  // Cuts the connection, or lets its session do so, if it waits for too long.
  void judge(SteadyTime now);
  // Ends it now.
  void cut(GrpcCut why);

 private:
  boost::asio::awaitable<void> read_and_answer();
  boost::asio::awaitable<void> linger();
  boost::asio::awaitable<std::string_view> arrive();
  void take(std::string_view bytes);
  void flush_soon();
  void flush();
  bool refill();
  void wait_for_room();
  [[nodiscard]] bool is_done() const;

  boost::asio::ip::tcp::socket socket_;
  GrpcSharing& sharing_;
  GrpcArrival& arrival_;
  std::string peer_address_;
  std::optional<TlsSession> tls_;
  std::optional<GrpcSession> session_;  // until serve() ends

  std::string plain_;  // to be wrapped
  std::string out_;
  std::size_t out_begin_ = 0;
  bool flush_is_due_ = false;             // posted
  std::optional<SteadyTime> full_since_;  // the socket takes nothing
  std::optional<SteadyTime> lingers_since_;
  bool broken_ = false;  // TLS failed, or the socket
  std::optional<GrpcCut> cut_;
};

}  // namespace orc
