#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/time.h"

namespace orc {

// The moment that an RFC 3339 date-time names, cut off to milliseconds; an offset or Z is required, `t` and `z` may be small, a leap second
// is the second after it. Nothing for any other text, and for days that no month has. Years 0000 to 9999.
std::optional<Timestamp> parse_time_text(std::string_view text);

// The moment in UTC as every answer of the API shows it: "2026-01-31T12:00:00.250Z", always with three digits of the second.
// Precondition: within the years 0 to 9999.
std::string time_text(Timestamp time);

}  // namespace orc
