#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/crypto/callback_secrets.h"
#include "adapters/http/tls_trust.h"
#include "domain/callback/callback_url.h"
#include "ports/async.h"
#include "ports/callback_sender.h"
#include "ports/clock.h"

namespace orc {

// The addresses of a name, at least one. Errors: unavailable.
using ResolveName = std::function<Async<std::vector<boost::asio::ip::address>>(std::string host)>;

// As the host's resolver says.
ResolveName system_resolver(const boost::asio::any_io_executor& executor);

// HttpCallbackSender posts callbacks over HTTP or HTTPS, each on a connection of its own. A name is looked up once, and what is connected
// to is one of the addresses that were checked: a public one, as only an origin that is itself an address may lead inside
// (docs/callbacks.md). Certificates are verified against the host's authorities (SSL_CERT_FILE and SSL_CERT_DIR of OpenSSL name others). No
// redirect is followed, no proxy used, and of the answer only its header block is read, up to answer_head_max. On the executor's thread.
class HttpCallbackSender final : public CallbackSender {
 public:
  static constexpr std::chrono::seconds patience_usual{10};  // from the first address on, for the whole exchange
  static constexpr std::size_t answer_head_max = 16 * 1024;

  struct Ports {
    const CallbackSecrets& secrets;
    Clock& clock;
    ResolveName resolve;
  };

  HttpCallbackSender(boost::asio::any_io_executor executor, Ports ports, CallbackOrigins origins,
                     std::chrono::milliseconds patience = patience_usual);
  ~HttpCallbackSender() override;

  boost::asio::awaitable<CallbackAnswer> send(const DueCallback& callback) override;

  // What is being sent is cut; later ones are not begun. Safe twice.
  void request_stop();

 private:
  class Call;

  Async<std::vector<boost::asio::ip::address>> addresses_of(const CallbackUrl& url);
  Async<CallbackAnswer> exchange(const DueCallback& callback, const CallbackUrl& url);

  const boost::asio::any_io_executor executor_;
  const Ports ports_;
  const CallbackOrigins origins_;
  const std::chrono::milliseconds patience_;
  const std::optional<Result<TlsTrust>> trust_;  // takes 25 ms to read: empty unless an origin needs it
  std::set<Call*> calls_;                        // that go on
  bool stopping_ = false;
};

}  // namespace orc
