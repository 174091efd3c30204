#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "domain/result.h"

struct ssl_st;

namespace boost::asio::ssl {
class context;
}
namespace boost::system {
class error_code;
}

namespace orc {

// TlsTrust is whose word a client takes for who a server is: certificate authorities, and TLS 1.2 or newer. Constant after construction;
// any thread; copies share it.
class TlsTrust {
 public:
  // `ca_file`: the authorities, in PEM; they alone are trusted then. Empty: those of this host, that is of SSL_CERT_FILE, or of the file
  // that distributions keep them in, and of SSL_CERT_DIR. `option`: how whoever reads a message gives that file, as "--ca-file". Errors:
  // invalid_argument, naming the file, or saying that there is none.
  static Result<TlsTrust> load(const std::string& ca_file, std::string option);

  // For the server of `url`: nothing where that is http, which takes no certificate. Errors: as load(); invalid_argument for another URL.
  static Result<std::optional<TlsTrust>> for_server(std::string_view url, const std::string& ca_file, std::string option);

  [[nodiscard]] boost::asio::ssl::context& context() const { return *context_; }

  // Before the handshake of `session`, a client's of context(): asks for the server `host`, a name or an address without brackets, and
  // takes a certificate of that one only, whatever address was connected to. False: a server cannot be asked for so.
  static bool expect(ssl_st* session, const std::string& host);

  // Why that handshake failed with `error`, in words behind the server's URL.
  [[nodiscard]] std::string words_of(const boost::system::error_code& error, ssl_st* session) const;

 private:
  TlsTrust(std::shared_ptr<boost::asio::ssl::context> context, std::string option)
      : context_(std::move(context)), option_(std::move(option)) {}

  std::shared_ptr<boost::asio::ssl::context> context_;
  std::string option_;
};

}  // namespace orc
