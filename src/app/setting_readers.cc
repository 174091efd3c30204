#include "app/setting_readers.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace orc {
namespace {

constexpr std::int64_t rate_max = 1'000'000;
constexpr std::size_t secret_length_max = 4096;
constexpr std::size_t callback_origins_max = 100;  // each is looked for four times a second
constexpr std::string_view lower_case_host = "abcdefghijklmnopqrstuvwxyz0123456789-._";
constexpr std::string_view address_in_brackets = "0123456789abcdef:.";
constexpr std::string_view graphic = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"#$%&'()*+-./:;<=>?@[\\]^_`{|}~";

bool consists_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_port(std::string_view text) {
  const auto port = whole_number(text);
  return port && *port >= 1 && *port <= 65'535;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

// What stands behind "scheme://", if it is one of the two.
std::optional<std::string_view> behind_scheme(std::string_view text, std::string_view one, std::string_view other) {
  if (text.starts_with(one)) return text.substr(one.size());
  if (text.starts_with(other)) return text.substr(other.size());
  return std::nullopt;
}

// In lower case: a name, or an address.
bool is_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return consists_of(host.substr(1, host.size() - 2), address_in_brackets);
  return consists_of(host, lower_case_host);
}

bool is_origin(std::string_view text) {
  const auto authority = behind_scheme(text, "https://", "http://");
  if (!authority) return false;
  const auto colon = authority->rfind(':');
  const auto bracket = authority->rfind(']');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (has_port && !is_port(authority->substr(colon + 1))) return false;
  return is_host(authority->substr(0, has_port ? colon : authority->size()));
}

bool is_nats_url(std::string_view text) {
  const auto rest = behind_scheme(text, "nats://", "tls://");
  if (!rest || !consists_of(*rest, graphic)) return false;
  const auto at = rest->rfind('@');
  const std::string_view place = at == std::string_view::npos ? *rest : rest->substr(at + 1);
  const auto colon = place.rfind(':');
  const auto bracket = place.rfind(']');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  return !place.empty() && colon != 0 && (!has_port || is_port(place.substr(colon + 1)));
}

}  // namespace

std::unexpected<Error> bad_setting(std::string_view setting, std::string_view value, std::string_view expected) {
  return fail(ErrorCode::invalid_argument,
              std::string(setting) + " is \"" + std::string(value.substr(0, 200)) + "\", but must be " + std::string(expected));
}

Result<void> check_secret(std::string_view setting, std::string_view value) {
  const bool is_printable = std::ranges::all_of(value, [](char c) { return c > ' ' && c <= '~'; });
  if (is_printable && value.size() <= secret_length_max) return {};
  return fail(ErrorCode::invalid_argument, std::string(setting) +
                                               " must be up to 4096 letters, digits and signs without spaces (its value is "
                                               "not shown, as it is a secret)");
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

Result<std::int64_t> number_between(std::string_view setting, std::string_view text, std::int64_t low, std::int64_t high) {
  const auto value = whole_number(text);
  if (value && *value >= low && *value <= high) return *value;
  return bad_setting(setting, text, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
}

Result<std::chrono::seconds> period(std::string_view setting, std::string_view text) {
  const std::string_view expected = "a number with s, m, h or d, such as 30d, or 0 to keep for ever";
  if (text == "0") return std::chrono::seconds{0};
  if (text.size() < 2) return bad_setting(setting, text, expected);
  const auto value = whole_number(text.substr(0, text.size() - 1));
  if (!value || *value < 1 || *value > 1'000'000) return bad_setting(setting, text, expected);
  switch (text.back()) {
    case 's':
      return std::chrono::seconds{*value};
    case 'm':
      return std::chrono::minutes{*value};
    case 'h':
      return std::chrono::hours{*value};
    case 'd':
      return std::chrono::days{*value};
    default:
      return bad_setting(setting, text, expected);
  }
}

Result<std::optional<std::int64_t>> rate_or_none(std::string_view setting, std::string_view text, std::string_view meaning) {
  if (text == "none") return std::nullopt;
  const auto value = whole_number(text);
  if (value && *value >= 1 && *value <= rate_max) return value;
  return bad_setting(setting, text, "a whole number of " + std::string(meaning) + " from 1 to " + std::to_string(rate_max) + ", or none");
}

Result<bool> yes_or_no(std::string_view setting, std::string_view text) {
  const std::string word = in_lower_case(text);
  for (const std::string_view yes : {"true", "1", "yes", "on"})
    if (word == yes) return true;
  for (const std::string_view no : {"false", "0", "no", "off"})
    if (word == no) return false;
  return bad_setting(setting, text, "true or false");
}

std::vector<std::string> comma_separated(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (const auto part = trimmed(text.substr(0, comma)); !part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

Result<std::vector<std::string>> origins(std::string_view setting, std::string_view text) {
  auto parts = comma_separated(text);
  if (parts.size() == 1 && parts.front() == "*") return parts;
  const bool nothing_named = parts.empty() && !trimmed(text).empty();
  if (!nothing_named && std::ranges::all_of(parts, is_origin)) return parts;
  return bad_setting(setting, text, "origins as browsers spell them, such as https://app.example.org (no path, lower case), or * alone");
}

Result<std::vector<std::string>> host_names(std::string_view setting, std::string_view text) {
  auto names = comma_separated(text);
  if (std::ranges::all_of(names, [](const std::string& name) { return is_host(in_lower_case(name)); })) return names;
  return bad_setting(setting, text, "names as in orc.example.org, or addresses as in 10.0.0.7 or [::1]: no scheme, no port");
}

Result<CallbackOrigins> parse_callback_origins(std::string_view text) {
  std::vector<std::string> origins;
  for (const std::string& part : comma_separated(text)) {
    const auto url = parse_callback_url(part);
    const bool is_bare = url && url->target == "/" && !part.ends_with('/');
    if (!is_bare || origins.size() == callback_origins_max)
      return bad_setting("--callback-origins (ORC_CALLBACK_ORIGINS)", part,
                         "an origin such as https://hooks.example.org or http://10.0.0.7:8080 (no path), one of at most " +
                             std::to_string(callback_origins_max));
    origins.push_back(url->origin);
  }
  return CallbackOrigins(std::move(origins));
}

Result<void> check_nats_url(std::string_view setting, std::string_view text) {
  const auto servers = comma_separated(text);
  if (!servers.empty() && std::ranges::all_of(servers, is_nats_url)) return {};
  return fail(ErrorCode::invalid_argument,
              std::string(setting) + " must read nats://host:port (its value is not shown, as it may hold a secret)");
}

Result<IsolationRange> parse_isolation(std::string_view least, std::string_view most) {
  const auto lowest = isolation_from_word(least);
  if (!lowest) return bad_setting("--isolation (ORC_ISOLATION)", least, "strict, container or none");
  const auto highest = isolation_from_word(most);
  if (!highest) return bad_setting("--isolation-most (ORC_ISOLATION_MOST)", most, "strict, container or none");
  if (*highest < *lowest)
    return bad_setting("--isolation-most (ORC_ISOLATION_MOST)", most, "at least what --isolation demands, which is " + std::string(least));
  return IsolationRange{.least = *lowest, .most = *highest};
}

Result<std::optional<SandboxUids>> parse_uids(std::string_view text) {
  if (text == "auto") return std::nullopt;
  const auto dash = text.find('-');
  const auto first = whole_number(text.substr(0, std::min(dash, text.size())));
  const auto last = dash == std::string_view::npos ? std::nullopt : whole_number(text.substr(dash + 1));
  if (!first || !last || *first < 1000 || *last < *first || *last > 4'000'000'000)
    return bad_setting("--sandbox-uids (ORC_SANDBOX_UIDS)", text, "FIRST-LAST with both from 1000 up, or auto");
  return SandboxUids{.first = static_cast<std::uint32_t>(*first), .count = static_cast<std::uint32_t>(*last - *first + 1)};
}

Result<std::string> parse_runtime(std::string_view runtime, std::string_view docker_socket) {
  constexpr std::size_t path_bytes_max = 107;  // of a Unix socket (man 7 unix)
  if (runtime != "sandbox" && runtime != "docker") return bad_setting("--runtime (ORC_RUNTIME)", runtime, "sandbox or docker");
  if (!docker_socket.starts_with('/') || docker_socket.size() > path_bytes_max)
    return bad_setting("--docker-socket (ORC_DOCKER_SOCKET)", docker_socket, "the absolute path of a socket, at most 107 bytes long");
  return runtime == "docker" ? std::string(docker_socket) : std::string();
}

Result<LogLevel> parse_log_level(std::string_view text) {
  const std::string word = in_lower_case(text);
  if (word == "debug") return LogLevel::debug;
  if (word == "info") return LogLevel::info;
  if (word == "warning" || word == "warn") return LogLevel::warning;
  if (word == "error" || word == "critical") return LogLevel::error;
  return bad_setting("--log-level (LOG_LEVEL)", text, "debug, info, warning or error");
}

}  // namespace orc
