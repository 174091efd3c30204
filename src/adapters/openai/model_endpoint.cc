#include "adapters/openai/model_endpoint.h"

#include <algorithm>
#include <array>

#include "adapters/http/http_message.h"

namespace orc {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::unexpected<Error> refused(std::string why) { return fail(ErrorCode::invalid_argument, std::move(why)); }

// A name as DNS has them, whose last part cannot be taken for a number, so that it is no other way to write an address.
bool is_name(std::string_view host) {
  std::string_view last;
  while (true) {
    const std::size_t dot = std::min(host.find('.'), host.size());
    last = host.substr(0, dot);
    const auto is_sound = [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; };
    if (last.empty() || last.size() > 63 || last.front() == '-' || last.back() == '-' || !std::ranges::all_of(last, is_sound)) return false;
    if (dot == host.size()) break;
    host.remove_prefix(dot + 1);
  }
  return !is_digit(last.front());
}

// Four decimal numbers without leading zeros.
bool is_plain_ipv4(std::string_view host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address_v4(std::string(host), error);
  return !error && address.to_string() == host;
}

bool is_ipv6(std::string_view host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address_v6(std::string(host), error);
  return !error && !address.is_v4_mapped() && address.scope_id() == 0;
}

std::string place_of(const HttpOrigin& origin) {
  return (origin.scheme == HttpScheme::https ? "https " : "http ") + lower_case(origin.host) + " " + origin.port;
}

bool is_loopback_so_spelled(const std::string& host) { return host == "127.0.0.1" || host == "::1" || host == "localhost"; }

bool is_link_local(const boost::asio::ip::address& address) {
  if (address.is_v4()) return (address.to_v4().to_uint() >> 16) == 0xA9FE;  // 169.254.0.0/16
  const auto v6 = address.to_v6();
  static const auto metadata = boost::asio::ip::make_address_v6("fd00:ec2::254");
  return v6.is_link_local() || v6 == metadata;
}

// What stands behind the IPv6 forms of an IPv4 address.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  return address;
}

}  // namespace

Result<HttpOrigin> parse_model_endpoint(std::string_view url) {
  if (url.empty() || url.size() > endpoint_bytes_max) return refused("must have 1 to " + std::to_string(endpoint_bytes_max) + " bytes");
  const auto is_plain = [](char c) {
    constexpr std::string_view others = ":/.-_~[]%";
    return is_digit(c) || is_letter(c) || others.contains(c);
  };
  if (!std::ranges::all_of(url, is_plain))
    return refused("may hold letters, digits and : / . - _ ~ [ ] % only, as in http://127.0.0.1:8000");
  const bool is_https = url.starts_with("https://");
  if (!is_https && !url.starts_with("http://")) return refused("must begin with http:// or https://, as in http://127.0.0.1:8000");
  auto origin = parse_http_or_https_origin(url);
  if (!origin) return refused("is no server's address; give one like http://127.0.0.1:8000");
  const bool has_brackets = url.substr(is_https ? 8 : 7).starts_with('[');
  if (has_brackets ? !is_ipv6(origin->host) : !is_plain_ipv4(origin->host) && !is_name(origin->host))
    return refused("has no host that is a name, an IPv4 address of four plain numbers or an IPv6 address in brackets");
  if (origin->port.starts_with('0')) return refused("has a port with a leading zero");
  if (origin->prefix.contains("..") || origin->prefix.contains('%')) return refused("has a path with '..' or '%' in it");
  if (origin->prefix.ends_with("/v1")) origin->prefix.resize(origin->prefix.size() - 3);
  return origin;
}

Result<ModelOrigins> ModelOrigins::create(const std::vector<std::string>& allowed, std::map<std::string, std::string> keys) {
  ModelOrigins origins;
  for (const std::string& one : allowed) {
    auto origin = parse_model_endpoint(one);
    if (!origin) return fail(ErrorCode::invalid_argument, "model origin '" + one + "' " + origin.error().message);
    origins.allowed_.push_back(place_of(*origin));
  }
  for (auto& [one, key] : keys) {
    auto origin = parse_model_endpoint(one);
    if (!origin || !origins.admit(*origin))
      return fail(ErrorCode::invalid_argument, "a key is given for '" + one + "', which is no allowed model origin");
    origins.keys_.emplace(place_of(*origin), std::move(key));
  }
  return origins;
}

Result<void> ModelOrigins::admit(const HttpOrigin& origin) const {
  const bool is_own = is_loopback_so_spelled(origin.host) && std::ranges::find(own_ports_, origin.port) != own_ports_.end();
  const bool is_listed = std::ranges::find(allowed_, place_of(origin)) != allowed_.end();
  if (is_listed || (allowed_.empty() && is_loopback_so_spelled(origin.host) && !is_own)) return {};
  return fail(ErrorCode::permission_denied, origin.url() + " is not among the allowed model origins; --model-origins names them");
}

bool ModelOrigins::may_stand_for(const HttpOrigin& origin, const boost::asio::ip::address& address) const {
  const auto plain = unmapped(address);
  boost::system::error_code error;
  const auto literal = boost::asio::ip::make_address(origin.host, error);
  if (!error) return unmapped(literal) == plain;
  if (lower_case(origin.host) == "localhost") return plain.is_loopback();
  return !is_link_local(plain) && !plain.is_unspecified() && !plain.is_multicast() && !plain.is_loopback();
}

const std::string* ModelOrigins::key_for(const HttpOrigin& origin) const {
  const auto known = keys_.find(place_of(origin));
  return known == keys_.end() ? nullptr : &known->second;
}

}  // namespace orc
