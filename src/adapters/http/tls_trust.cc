#include "adapters/http/tls_trust.h"

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <cstdlib>
#include <filesystem>

#include "adapters/http/http_origin.h"

namespace orc {
namespace {

namespace ssl = boost::asio::ssl;

// Debian and Ubuntu; Fedora and Red Hat; SUSE; Alpine.
constexpr std::array usual_places = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                     "/etc/ssl/cert.pem"};

std::string authorities_of_host() {
  if (const char* named = std::getenv("SSL_CERT_FILE"); named && *named) return named;
  std::error_code unreadable;  // is no such place
  for (const char* place : usual_places)
    if (std::filesystem::is_regular_file(place, unreadable)) return place;
  return {};
}

}  // namespace

Result<TlsTrust> TlsTrust::load(const std::string& ca_file) {
  const std::string file = ca_file.empty() ? authorities_of_host() : ca_file;
  if (file.empty())
    return fail(ErrorCode::invalid_argument, "this host knows no certificate authorities: name the file of those to trust (--ca-file)");
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context->set_verify_mode(ssl::verify_peer);
  boost::system::error_code error;
  context->load_verify_file(file, error);
  if (error)
    return fail(ErrorCode::invalid_argument, file + " is no file of certificate authorities in PEM that can be read: " + error.message());
  return TlsTrust(std::move(context));
}

Result<std::optional<TlsTrust>> TlsTrust::for_server(std::string_view url, const std::string& ca_file) {
  auto origin = parse_http_or_https_origin(url);
  if (!origin) return pass_on(origin);
  if (origin->scheme == HttpScheme::http) return std::optional<TlsTrust>{};
  auto trust = load(ca_file);
  if (!trust) return pass_on(trust);
  return std::optional(std::move(*trust));
}

}  // namespace orc
