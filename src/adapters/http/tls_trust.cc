#include "adapters/http/tls_trust.h"

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl.hpp>
#include <cstdlib>
#include <filesystem>

#include "adapters/http/http_origin.h"

namespace orc {
namespace {

namespace ssl = boost::asio::ssl;

// Debian and Ubuntu; Fedora and Red Hat; SUSE; Alpine.
constexpr std::array usual_places = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                     "/etc/ssl/cert.pem"};

std::string named_by(const char* variable) {
  const char* const value = std::getenv(variable);
  return value ? value : "";
}

std::string authorities_of_host() {
  if (std::string named = named_by("SSL_CERT_FILE"); !named.empty()) return named;
  std::error_code unreadable;  // is no such place
  for (const char* place : usual_places)
    if (std::filesystem::is_regular_file(place, unreadable)) return place;
  return {};
}

}  // namespace

Result<TlsTrust> TlsTrust::load(const std::string& ca_file, std::string option) {
  const std::string file = ca_file.empty() ? authorities_of_host() : ca_file;
  const std::string folder = ca_file.empty() ? named_by("SSL_CERT_DIR") : "";
  if (file.empty() && folder.empty())
    return fail(ErrorCode::invalid_argument, "this host knows no certificate authorities: name the file of those to trust with " + option);
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context->set_verify_mode(ssl::verify_peer);
  boost::system::error_code error;
  if (!file.empty()) context->load_verify_file(file, error);
  if (error)
    return fail(ErrorCode::invalid_argument, file + " is no file of certificate authorities in PEM that can be read: " + error.message());
  if (!folder.empty()) context->add_verify_path(folder, error);
  if (error)
    return fail(ErrorCode::invalid_argument, folder + " is no folder of certificate authorities that can be read: " + error.message());
  return TlsTrust(std::move(context), std::move(option));
}

Result<std::optional<TlsTrust>> TlsTrust::for_server(std::string_view url, const std::string& ca_file, std::string option) {
  auto origin = parse_http_or_https_origin(url);
  if (!origin) return pass_on(origin);
  if (origin->scheme == HttpScheme::http) return std::optional<TlsTrust>{};
  auto trust = load(ca_file, std::move(option));
  if (!trust) return pass_on(trust);
  return std::optional(std::move(*trust));
}

bool TlsTrust::expect(ssl_st* session, const std::string& host) {
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  const bool is_named = static_cast<bool>(no_address);  // RFC 6066, 3: addresses are not asked for
  return SSL_set1_host(session, host.c_str()) == 1 && (!is_named || SSL_set_tlsext_host_name(session, host.c_str()) == 1);
}

std::string TlsTrust::words_of(const boost::system::error_code& error, ssl_st* session) const {
  if (const long fault = SSL_get_verify_result(session); fault != X509_V_OK)
    return std::string("its certificate is not to be trusted: ") + X509_verify_cert_error_string(fault) +
           "; the file of the authority that vouches for it is given with " + option_;
  return "it speaks no TLS that we take: " + error.message() + "; if it speaks none at all, begin its URL with http://";
}

}  // namespace orc
