#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace orc {

enum class HttpScheme : std::uint8_t { http, https };

// Where an HttpClient sends its requests.
struct HttpOrigin {
  std::string host;    // a name or an address without brackets
  std::string port;    // decimal
  std::string prefix;  // of every path; empty, or "/…" without a slash at the end
  HttpScheme scheme = HttpScheme::http;

  // For the Host field: brackets around IPv6, no port that the scheme means anyway.
  [[nodiscard]] std::string authority() const;
  // Whether what is sent there stays on this host, as the name says (RFC 6761, 6.3; RFC 1122, 3.2.1.3).
  [[nodiscard]] bool is_loopback() const;
  // Who is asked, and how, whatever the path: two of which one speaks TLS are never the same.
  [[nodiscard]] std::string place() const { return (scheme == HttpScheme::https ? "https://" : "http://") + authority(); }
  // For messages.
  [[nodiscard]] std::string url() const { return place() + prefix; }
};

// Reads "http://host[:port][/prefix]". invalid_argument for everything else, https included; the sentence says what was expected.
Result<HttpOrigin> parse_http_origin(std::string_view url);

// Likewise, and "https://…" too.
Result<HttpOrigin> parse_http_or_https_origin(std::string_view url);

}  // namespace orc
