#pragma once

#include <boost/asio/ip/address.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/http_origin.h"
#include "domain/result.h"

namespace orc {

inline constexpr std::size_t endpoint_bytes_max = 2048;

// Reads the URL of a model server: "http://host[:port][/path]" or "https://…", where the host is a name, an IPv4 address of four plain
// decimal numbers or an IPv6 address in brackets. Everything by which one host may be taken for another - user names, fragments,
// backslashes, other ways to write an address, trailing dots - is refused (attacks.md, L1 and L4). A "/v1" at the end is dropped, as it is
// added. Errors: invalid_argument, with a sentence as of LanguageModel::admit().
Result<HttpOrigin> parse_model_endpoint(std::string_view url);

// ModelOrigins says which model servers may be asked, and which key goes to which.
class ModelOrigins {
 public:
  // None allowed explicitly: 127.0.0.1, [::1] and localhost, so spelled, on every port but those that are shut out. `keys` by origin
  // ("http://host:port", "https://host:port": two of which one speaks TLS are never the same), each of which must be allowed. Errors:
  // invalid_argument, naming the setting's entry.
  static Result<ModelOrigins> create(const std::vector<std::string>& allowed, std::map<std::string, std::string> keys);

  // Ports of this host that nobody may ask unless the origin was allowed explicitly: where this process listens.
  void shut_out(std::vector<std::string> own_ports) { own_ports_ = std::move(own_ports); }

  // Errors: permission_denied, likewise.
  Result<void> admit(const HttpOrigin& origin) const;

  // Whether the name of an admitted origin may stand for this address. Addresses that only the host itself or its network can reach -
  // link-local ones, where clouds keep their metadata - have to be allowed as such; localhost is this host.
  bool may_stand_for(const HttpOrigin& origin, const boost::asio::ip::address& address) const;

  // Nothing for an origin that none was given for.
  const std::string* key_for(const HttpOrigin& origin) const;

 private:
  ModelOrigins() = default;
  std::vector<std::string> allowed_;  // "https host port"
  std::map<std::string, std::string> keys_;
  std::vector<std::string> own_ports_;
};

}  // namespace orc
