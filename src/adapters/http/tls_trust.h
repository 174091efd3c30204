#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace boost::asio::ssl {
class context;
}

namespace orc {

// TlsTrust is whose word a client takes for who a server is: certificate authorities, and TLS 1.2 or newer. Constant after construction;
// any thread; copies share it.
class TlsTrust {
 public:
  // `ca_file`: the authorities, in PEM; they alone are trusted then. Empty: those of this host, that is of SSL_CERT_FILE, or of the file
  // that distributions keep them in. Errors: invalid_argument, naming the file, or saying that there is none.
  static Result<TlsTrust> load(const std::string& ca_file);

  // For the server of `url`: nothing where that is http, which takes no certificate. Errors: as load(); invalid_argument for another URL.
  static Result<std::optional<TlsTrust>> for_server(std::string_view url, const std::string& ca_file);

  [[nodiscard]] boost::asio::ssl::context& context() const { return *context_; }

 private:
  explicit TlsTrust(std::shared_ptr<boost::asio::ssl::context> context) : context_(std::move(context)) {}

  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace orc
