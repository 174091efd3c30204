#include "app/listen_address.h"

#include "app/setting_readers.h"

namespace orc {

bool ListenAddress::is_loopback() const { return host.starts_with("127.") || host == "::1" || host == "localhost"; }

Result<std::optional<ListenAddress>> parse_listen(std::string_view setting, std::string_view text) {
  if (text == "off") return std::nullopt;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_setting(setting, text, "host:port or off");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.contains(':'))
    return bad_setting(setting, text, "host:port with an IPv6 host in brackets, such as [::1]:5900");
  const auto port = whole_number(text.substr(colon + 1));
  if (host.empty() || !port || *port < 0 || *port > 65'535)
    return bad_setting(setting, text, "host:port with a port from 0 to 65535, or off");
  return ListenAddress{.host = std::string(host), .port = static_cast<std::uint16_t>(*port)};
}

}  // namespace orc
