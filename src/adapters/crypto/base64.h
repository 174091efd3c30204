#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orc {

// RFC 4648 section 5 without padding, as JWTs use it (RFC 7515 section 2).
std::string base64url(std::string_view bytes);

// Only the one spelling that base64url() writes: no padding, no white space, no bits left over. Nothing for any other text.
std::optional<std::string> from_base64url(std::string_view text);

// RFC 4648 section 4 with padding.
std::string base64(std::string_view bytes);

}  // namespace orc
