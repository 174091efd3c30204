#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/http_message.h"
#include "adapters/http/http_origin.h"
#include "adapters/http/tls_trust.h"
#include "ports/async.h"

namespace orc {

inline constexpr std::size_t call_header_bytes_max = 64 * 1024;
inline constexpr std::size_t call_idle_max = 64;  // kept connections of one origin
inline constexpr std::chrono::seconds call_idle_time_max{15};

// HttpCallPool keeps connections of finished calls open for the next ones. On the thread of its executor; must outlive its calls.
class HttpCallPool {
 public:
  // `trust`: for calls to https, which nobody may make without it.
  HttpCallPool(boost::asio::any_io_executor executor, std::optional<TlsTrust> trust);
  ~HttpCallPool();
  HttpCallPool(const HttpCallPool&) = delete;
  HttpCallPool& operator=(const HttpCallPool&) = delete;

  std::size_t idle() const;

 private:
  friend class HttpCall;
  class Connection;

  const boost::asio::any_io_executor executor_;
  const std::optional<TlsTrust> trust_;
  std::map<std::string, std::vector<std::unique_ptr<Connection>>> idle_;  // by place, the latest last
};

// HttpCall is one POST whose answer is read by and by: HTTP/1.1, over TLS where the origin is https, no redirects, no proxy, no
// compression, no cookies. On the thread of the pool's executor.
class HttpCall {
 public:
  // Whether a connection to this address may be made. Asked of each address that the name stands for; only those are connected to.
  using AddressCheck = std::function<bool(const boost::asio::ip::address&)>;

  explicit HttpCall(HttpCallPool& pool);
  ~HttpCall();  // close()
  HttpCall(const HttpCall&) = delete;
  HttpCall& operator=(const HttpCall&) = delete;

  // Sends, and resumes when the head of the answer is there: status() and header() then say what it is.
  // Errors: permission_denied, if no address passes `check`; unavailable: cannot connect, no TLS with a certificate of the origin's host
  // that the pool's trust vouches for, connection lost, nothing by `until`, no HTTP.
  Async<void> post(HttpOrigin origin, AddressCheck check, std::string target, std::vector<HttpField> headers, std::string body,
                   SteadyTime until);

  int status() const { return status_; }
  // Whether anything of it may have gone out.
  bool has_begun_to_send() const { return has_begun_to_send_; }
  // The value of the first field of this name, empty if there is none.
  const std::string& header(const std::string& lower_case_name) const;

  // The next part of the body, empty at its end. Valid until the next call. Errors: unavailable, as above.
  Async<std::string_view> read(SteadyTime until);

  // Closes the connection: what waits for it resumes with unavailable. Safe twice, and before post().
  void close();

 private:
  struct Reading;

  Async<void> connect(const HttpOrigin& origin, const AddressCheck& check, SteadyTime until);
  Async<void> shake_hands(const HttpOrigin& origin);
  void keep();

  HttpCallPool& pool_;
  std::string place_;
  std::unique_ptr<HttpCallPool::Connection> connection_;
  std::unique_ptr<Reading> reading_;
  int status_ = 0;
  std::map<std::string, std::string> headers_;
  bool is_closed_ = false;
  bool has_begun_to_send_ = false;
};

}  // namespace orc
