#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/result.h"

namespace orc {

inline constexpr std::size_t callback_url_length_max = 2000;

enum class CallbackScheme : std::uint8_t { http, https };

// Where somebody wants to be told that a job has ended, taken to pieces. Only what has one reading is taken: no user, no fragment, no
// backslash, no character that a client and a server might understand differently.
struct CallbackUrl {
  std::string text;    // as it came
  std::string origin;  // "https://hooks.example.org:8443": in small letters, without the port that its scheme means anyway
  CallbackScheme scheme = CallbackScheme::https;
  std::string host;  // a name or an address; an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string target;  // path and query, as they stand in a request

  // As a Host field names it: brackets around IPv6, no default port.
  std::string authority() const;
  bool operator==(const CallbackUrl&) const = default;
};

// Errors: invalid_argument: what is wrong, for a person.
Result<CallbackUrl> parse_callback_url(std::string_view text);

// CallbackOrigins are the origins that a callback may go to; whoever operates the service names them. Constant after construction.
class CallbackOrigins {
 public:
  CallbackOrigins() = default;  // none
  // Each as CallbackUrl::origin.
  explicit CallbackOrigins(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  bool allow(const CallbackUrl& url) const;
  const std::vector<std::string>& list() const { return origins_; }

 private:
  std::vector<std::string> origins_;
};

}  // namespace orc
