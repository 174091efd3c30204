#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
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
#include "adapters/http/name_lookups.h"
#include "adapters/http/tls_trust.h"
#include "ports/async.h"

namespace orc {

inline constexpr std::size_t call_header_bytes_max = 64 * 1024;
inline constexpr std::size_t call_idle_max = 64;  // kept connections of one origin
inline constexpr std::chrono::seconds call_idle_time_max{15};
inline constexpr std::chrono::seconds call_idle_look_after{2};
inline constexpr std::chrono::seconds call_address_max{3};  // to connect to one address, if there is another one
inline constexpr std::chrono::seconds call_resend_max{1};   // from its last byte to the loss

// HttpCallPool keeps connections of finished calls open for the next ones, and looks every call_idle_look_after for those that are of no
// use any more. On the thread of its executor; must outlive its calls.
class HttpCallPool {
 public:
  // `trust`: for calls to https, which nobody may make without it.
  HttpCallPool(boost::asio::any_io_executor executor, std::optional<TlsTrust> trust, NameLookup lookup);
  ~HttpCallPool();
  HttpCallPool(const HttpCallPool&) = delete;
  HttpCallPool& operator=(const HttpCallPool&) = delete;

  std::size_t idle() const;
  // Closes those that are kept, and keeps no more: nothing is left to do on the executor then.
  void close_idle();

 private:
  friend class HttpCall;
  class Connection;
  struct Idle;

  const boost::asio::any_io_executor executor_;
  const std::optional<TlsTrust> trust_;
  const std::shared_ptr<Idle> idle_;
  NameLookups names_;
};

// HttpCall is one POST whose answer is read by and by: HTTP/1.1, over TLS where the origin is https, no redirects, no proxy, no
// compression, no cookies. On the thread of the pool's executor.
class HttpCall {
 public:
  // Whether a connection to this address may be made. Asked of each address that the name stands for; only those are connected to, one
  // after another.
  using AddressCheck = std::function<bool(const boost::asio::ip::address&)>;

  explicit HttpCall(HttpCallPool& pool);
  ~HttpCall();  // close()
  HttpCall(const HttpCall&) = delete;
  HttpCall& operator=(const HttpCall&) = delete;

  // Sends, and resumes when the head of the answer is there: status() and header() then say what it is. Where a kept connection turns out
  // to be closed within call_resend_max, before a byte of an answer came, it is sent once more on a new one: the server closed it before it
  // saw this. Whoever lost it later may have worked on it.
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
  struct Request;
  struct Reading;

  Async<void> connect(const HttpOrigin& origin, const AddressCheck& check, SteadyTime until);
  Async<void> shake_hands(const HttpOrigin& origin);
  Async<IpAddresses> addresses_of(const HttpOrigin& origin, SteadyTime until);
  boost::asio::awaitable<boost::system::error_code> exchange(const Request& request, SteadyTime until);
  bool was_closed_before(const boost::system::error_code& error) const;
  bool take_kept();
  void keep();

  HttpCallPool& pool_;
  std::string place_;
  std::unique_ptr<HttpCallPool::Connection> connection_;
  std::unique_ptr<Reading> reading_;
  SteadyTime sent_at_{};
  std::optional<boost::asio::steady_timer> patience_;  // with the lookup of a name
  int status_ = 0;
  std::map<std::string, std::string> headers_;
  bool is_closed_ = false;
  bool has_begun_to_send_ = false;
};

}  // namespace orc
