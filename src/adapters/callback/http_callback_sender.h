#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <optional>
#include <set>

#include "adapters/crypto/callback_secrets.h"
#include "adapters/http/name_lookups.h"
#include "adapters/http/tls_trust.h"
#include "domain/callback/callback_url.h"
#include "ports/async.h"
#include "ports/callback_sender.h"
#include "ports/clock.h"

namespace orc {

// HttpCallbackSender posts callbacks over HTTP or HTTPS, each on a connection of its own. A name is looked up once, and what is connected
// to is one of the addresses that were checked: a public one, as only an origin that is itself an address may lead inside
// (docs/callbacks.md). Certificates are verified against the host's authorities (SSL_CERT_FILE and SSL_CERT_DIR of OpenSSL name others). No
// redirect is followed, no proxy used, and of the answer only its header block is read, up to answer_head_max. On the executor's thread.
class HttpCallbackSender final : public CallbackSender {
 public:
  static constexpr std::chrono::seconds patience_usual{10};  // for the whole exchange, the lookup of its name too
  static constexpr std::size_t answer_head_max = 16 * 1024;

  struct Ports {
    const CallbackSecrets& secrets;
    Clock& clock;
    NameLookup look_up;
  };

  HttpCallbackSender(boost::asio::any_io_executor executor, Ports ports, CallbackOrigins origins,
                     std::chrono::milliseconds patience = patience_usual);
  ~HttpCallbackSender() override;

  boost::asio::awaitable<CallbackAnswer> send(const DueCallback& callback) override;

  // What is being sent is cut; later ones are not begun. Safe twice.
  void request_stop();

 private:
  class Call;

  Async<IpAddresses> addresses_of(const CallbackUrl& url, Call& call);
  Async<CallbackAnswer> exchange(const DueCallback& callback, const CallbackUrl& url);

  const boost::asio::any_io_executor executor_;
  const Ports ports_;
  const CallbackOrigins origins_;
  const std::chrono::milliseconds patience_;
  const std::optional<Result<TlsTrust>> trust_;  // takes 25 ms to read: empty unless an origin needs it
  NameLookups names_;                            // of the origins that the settings list
  std::set<Call*> calls_;                        // that go on
  bool stopping_ = false;
};

}  // namespace orc
