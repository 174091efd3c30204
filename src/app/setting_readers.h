#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/callback/callback_url.h"
#include "domain/job/attempt.h"
#include "domain/result.h"
#include "ports/event_log.h"

namespace orc {

inline constexpr int workers_max = 1000;  // as many as one claim may ask for (ports/job_store.h)

inline constexpr std::string_view default_docker_socket = "/var/run/docker.sock";

// First of a range of uids that no account of the host has, one for each slot.
struct SandboxUids {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

// Which isolation runs may have: the strongest of these that the host can give.
struct IsolationRange {
  Isolation least = Isolation::strict;
  Isolation most = Isolation::strict;
};

// What a setting's text means. Each gives invalid_argument with one sentence that names the setting, its value and what would be good.
// `setting` is shown as it is: a flag with the variable that is read for it, as in "--nats (NATS_URL)", or what has one name only.

std::unexpected<Error> bad_setting(std::string_view setting, std::string_view value, std::string_view expected);

// A secret is sent in fields of HTTP, so it is of graphic ASCII, and is not long. The sentence does not show it.
Result<void> check_secret(std::string_view setting, std::string_view value);

// Digits, maybe behind a minus sign; nothing for everything else.
std::optional<std::int64_t> whole_number(std::string_view text);
Result<std::int64_t> number_between(std::string_view setting, std::string_view text, std::int64_t low, std::int64_t high);

// 30d, 12h, 15m, 45s or 0.
Result<std::chrono::seconds> period(std::string_view setting, std::string_view text);

// A whole number from 1 up, or "none", which gives nothing. `meaning` says what is counted.
Result<std::optional<std::int64_t>> rate_or_none(std::string_view setting, std::string_view text, std::string_view meaning);

// true or false, and other usual words for them, in any case.
Result<bool> yes_or_no(std::string_view setting, std::string_view text);

// Of --isolation and --isolation-most.
Result<IsolationRange> parse_isolation(std::string_view least, std::string_view most);

// FIRST-LAST; "auto" gives nothing.
Result<std::optional<SandboxUids>> parse_uids(std::string_view text);
// Of --runtime and --docker-socket: the socket of the engine that runs images; empty: none does.
Result<std::string> parse_runtime(std::string_view runtime, std::string_view docker_socket);
Result<LogLevel> parse_log_level(std::string_view text);

// The parts between commas without the blanks around them; empty parts are left out.
std::vector<std::string> comma_separated(std::string_view text);

// Origins as browsers spell them in the Origin field (RFC 6454 section 6.2), "https://app.example.org:8443", or "*" alone.
Result<std::vector<std::string>> origins(std::string_view setting, std::string_view text);

// Names of hosts without a port, of any case, and addresses, those of IPv6 in brackets.
Result<std::vector<std::string>> host_names(std::string_view setting, std::string_view text);

// Of --callback-origins. A name may be allowed without knowing where it leads; an address that is allowed may lead inside.
Result<CallbackOrigins> parse_callback_origins(std::string_view text);

// The address of a NATS server, or several. The sentence does not show the value, which may hold a password.
Result<void> check_nats_url(std::string_view setting, std::string_view text);

}  // namespace orc
