#include "domain/callback/callback_url.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace orc {
namespace {

constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyz0123456789-._";
constexpr std::string_view ipv6_characters = "0123456789abcdef:.";
// RFC 3986 sections 3.3 and 3.4.
constexpr std::string_view target_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%/?";

struct Place {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::unexpected<Error> refuse(std::string_view why) { return fail(ErrorCode::invalid_argument, "a callback_url " + std::string(why)); }

bool consists_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return small;
}

std::uint16_t usual_port(CallbackScheme scheme) { return scheme == CallbackScheme::https ? 443 : 80; }

std::optional<std::uint16_t> port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0 || digits.front() == '0') return {};
  return port;
}

std::optional<Place> split(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos || !consists_of(authority.substr(1, bracket - 1), ipv6_characters)) return {};
    const std::string_view rest = authority.substr(bracket + 1);
    if (!rest.empty() && !rest.starts_with(':')) return {};
    return Place{.host = authority.substr(1, bracket - 1), .port = rest.empty() ? std::nullopt : std::optional(rest.substr(1))};
  }
  const auto colon = authority.find(':');
  const std::string_view host = authority.substr(0, colon);
  if (!consists_of(host, name_characters)) return {};
  return Place{.host = host, .port = colon == std::string_view::npos ? std::nullopt : std::optional(authority.substr(colon + 1))};
}

}  // namespace

std::string CallbackUrl::authority() const {
  std::string text_of_host = host.contains(':') ? "[" + host + "]" : host;
  if (port != usual_port(scheme)) text_of_host += ":" + std::to_string(port);
  return text_of_host;
}

Result<CallbackUrl> parse_callback_url(std::string_view text) {
  if (text.size() > callback_url_length_max)
    return refuse("has " + std::to_string(text.size()) + " characters; at most " + std::to_string(callback_url_length_max) + " are taken");
  const std::string small = in_small_letters(text);
  CallbackUrl url{.text = std::string(text), .origin = {}, .host = {}, .target = {}};
  std::size_t begin = 0;
  if (small.starts_with("https://")) {
    begin = 8;
  } else if (small.starts_with("http://")) {
    begin = 7;
    url.scheme = CallbackScheme::http;
  } else {
    return refuse("must begin with https:// or http://");
  }
  const std::size_t end = std::min(small.find_first_of("/?#\\", begin), small.size());
  const auto place = split(std::string_view(small).substr(begin, end - begin));
  if (!place) return refuse("must name a host, and nothing but a port behind it: https://hooks.example.org:8443/path");
  url.port = usual_port(url.scheme);
  if (place->port) {
    const auto port = place->port->empty() ? std::nullopt : port_of(*place->port);
    if (!port) return refuse("must have a port from 1 to 65535, or none");
    url.port = *port;
  }
  url.host = place->host;
  url.target = text.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (!consists_of(url.target, target_characters))
    return refuse("must have a percent-encoded path and query, and no fragment: no blank, no # and no backslash");
  url.origin = (url.scheme == CallbackScheme::https ? "https://" : "http://") + url.authority();
  return url;
}

bool CallbackOrigins::allow(const CallbackUrl& url) const { return std::ranges::find(origins_, url.origin) != origins_.end(); }

}  // namespace orc
