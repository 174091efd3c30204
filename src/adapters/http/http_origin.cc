#include "adapters/http/http_origin.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "adapters/http/http_grammar.h"
#include "adapters/http/http_message.h"

namespace orc {

namespace {

constexpr std::string_view plain = "http://";
constexpr std::string_view secure = "https://";

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65'535;
}

std::unexpected<Error> not_an_origin(std::string_view url) {
  return fail(ErrorCode::invalid_argument, "\"" + std::string{url} + "\" is not a server's address; give one like http://127.0.0.1:5900");
}

bool begins_with(std::string_view url, std::string_view scheme) { return same_ignoring_case(url.substr(0, scheme.size()), scheme); }

std::string_view usual_port(HttpScheme scheme) { return scheme == HttpScheme::https ? "443" : "80"; }

// `url` without its scheme.
Result<HttpOrigin> parse_rest(std::string_view url, std::string_view rest, HttpScheme scheme) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view prefix = rest.substr(slash);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!http_grammar::all(authority, http_grammar::host) || !http_grammar::all(prefix, http_grammar::path)) return not_an_origin(url);

  std::string_view port = usual_port(scheme);
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) authority = authority.substr(1, authority.size() - 2);
  if (authority.empty() || authority.find_first_of("[]") != std::string_view::npos || !is_port(port)) return not_an_origin(url);
  return HttpOrigin{.host = std::string{authority}, .port = std::string{port}, .prefix = std::string{prefix}, .scheme = scheme};
}

}  // namespace

std::string HttpOrigin::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != usual_port(scheme)) text += ":" + port;
  return text;
}

bool HttpOrigin::is_loopback() const {
  return same_ignoring_case(host, "localhost") || host.ends_with(".localhost") || host.starts_with("127.") || host == "::1";
}

Result<HttpOrigin> parse_http_origin(std::string_view url) {
  if (begins_with(url, secure)) {
    return fail(ErrorCode::invalid_argument,
                "\"" + std::string{url} +
                    "\": THIS CLIENT DOES NOT SPEAK HTTPS; nothing was sent. Use http:// to a server on this machine, or "
                    "a tunnel such as ssh -L to one elsewhere.");
  }
  if (!begins_with(url, plain)) return not_an_origin(url);
  return parse_rest(url, url.substr(plain.size()), HttpScheme::http);
}

Result<HttpOrigin> parse_http_or_https_origin(std::string_view url) {
  if (!begins_with(url, secure)) return parse_http_origin(url);
  return parse_rest(url, url.substr(secure.size()), HttpScheme::https);
}

}  // namespace orc
