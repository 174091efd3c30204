#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace orc {

// A day: who asks for more is asked again after that.
inline constexpr std::chrono::seconds retry_after_max{24 * 3600};

// The value of a Retry-After field (RFC 9110 10.2.3) as a time from now, at most retry_after_max. Nothing for whatever is no number of
// seconds: the form with a date is hardly sent by a service, and would make us believe its clock.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value);

}  // namespace orc
