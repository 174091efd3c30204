#include "app/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <thread>
#include <unistd.h>

namespace orc {
namespace {

constexpr int workers_max = 1000;  // as many as one claim may ask for (ports/job_store.h)

// A flag by both its names: --data-dir (ORC_DATA_DIR).
std::string both_names(std::string_view setting) {
  std::string name(setting);
  if (!setting.starts_with("--")) return name;
  name += " (ORC_";
  for (const char c : setting.substr(2)) name += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
  return name + ")";
}

std::unexpected<Error> bad(std::string_view setting, std::string_view value, std::string_view expected) {
  return fail(ErrorCode::invalid_argument,
              both_names(setting) + " is \"" + std::string(value.substr(0, 200)) + "\", but must be " + std::string(expected));
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
  return bad(setting, text, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
}

// 30d, 12h, 15m, 45s or 0.
Result<std::chrono::seconds> period(std::string_view setting, std::string_view text) {
  const std::string_view expected = "a number with s, m, h or d, such as 30d, or 0 to keep for ever";
  if (text == "0") return std::chrono::seconds{0};
  if (text.size() < 2) return bad(setting, text, expected);
  const auto value = whole_number(text.substr(0, text.size() - 1));
  if (!value || *value < 1 || *value > 1'000'000) return bad(setting, text, expected);
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
      return bad(setting, text, expected);
  }
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (comma > 0) parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

struct Roles {
  bool api = false;
  bool registry = false;
  bool worker = false;
};

Result<Roles> parse_roles(std::string_view text) {
  Roles roles;
  for (const std::string& role : split(text)) {
    if (role == "api")
      roles.api = true;
    else if (role == "registry")
      roles.registry = true;
    else if (role == "worker")
      roles.worker = true;
    else if (role != "executor")
      return bad("--roles", text, "a list of api, registry, worker and executor");
  }
  return roles;
}

// A setting of a part that this release does not have is refused: pretending to use it would lose work.
Result<void> refuse_missing_parts(const RawSettings& raw) {
  const std::pair<std::string_view, const std::string&> missing[] = {
      {"RABBITMQ_URL", raw.rabbitmq_url}, {"PLUGIN_REGISTRY_URL", raw.plugin_registry_url}, {"RAY_ADDRESS", raw.ray_address}};
  for (const auto& [name, value] : missing)
    if (!value.empty())
      return fail(ErrorCode::invalid_argument, std::string(name) + " is set, but this release has only the embedded part: unset it");
  if (raw.database_url.starts_with("postgres"))
    return fail(ErrorCode::invalid_argument,
                "DATABASE_URL names a PostgreSQL server, but this release stores in SQLite only: unset it or use sqlite:///path");
  if (raw.runtime != "sandbox") return bad("--runtime", raw.runtime, "sandbox: this release has no other");
  return {};
}

Result<std::filesystem::path> database_path(const RawSettings& raw, const std::filesystem::path& data_dir) {
  constexpr std::string_view scheme = "sqlite:///";
  if (raw.database_url.empty()) return data_dir / "orc.db";
  if (!raw.database_url.starts_with(scheme) || raw.database_url.size() == scheme.size())
    return fail(ErrorCode::invalid_argument, "DATABASE_URL must read sqlite:///path (its value is not shown, as it may hold a secret)");
  return std::filesystem::path(raw.database_url.substr(scheme.size()));
}

Result<std::optional<SandboxUids>> parse_uids(std::string_view text) {
  if (text == "auto") return std::nullopt;
  const auto dash = text.find('-');
  const auto first = whole_number(text.substr(0, std::min(dash, text.size())));
  const auto last = dash == std::string_view::npos ? std::nullopt : whole_number(text.substr(dash + 1));
  if (!first || !last || *first < 1000 || *last < *first || *last > 4'000'000'000)
    return bad("--sandbox-uids", text, "FIRST-LAST with both from 1000 up, or auto");
  return SandboxUids{.first = static_cast<std::uint32_t>(*first), .count = static_cast<std::uint32_t>(*last - *first + 1)};
}

Result<LogLevel> parse_log_level(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warning" || text == "warn") return LogLevel::warning;
  if (text == "error" || text == "critical") return LogLevel::error;
  return bad("LOG_LEVEL", text, "debug, info, warning or error");
}

Result<void> check_listeners(const RawSettings& raw, const Settings& settings) {
  if (raw.insecure_open || settings.is_loopback_only()) return {};
  return fail(ErrorCode::invalid_argument,
              "a listener beyond loopback would run without TLS: put a TLS proxy in front and listen on 127.0.0.1, or say --insecure-open");
}

// What the numbers and words of `raw` mean one by one.
Result<void> read_values(const RawSettings& raw, Settings& settings) {
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  const auto workers = number_between("--workers", raw.workers.empty() ? std::to_string(cores) : raw.workers, 1, workers_max);
  if (!workers) return std::unexpected(workers.error());
  settings.workers = static_cast<int>(*workers);
  const auto minutes = number_between("ACCESS_TOKEN_EXPIRE_MINUTES", raw.token_minutes, 1, 525'600);
  if (!minutes) return std::unexpected(minutes.error());
  settings.token_lifetime = std::chrono::minutes{*minutes};
  const auto grace = number_between("--stop-seconds", raw.stop_seconds, 0, 86'400);
  if (!grace) return std::unexpected(grace.error());
  settings.stop_grace = std::chrono::seconds{*grace};
  const std::tuple<std::string_view, const std::string&, std::chrono::seconds&> periods[] = {
      {"--retain-jobs", raw.retain_jobs, settings.retention.jobs},
      {"--retain-logs", raw.retain_logs, settings.retention.logs},
      {"--retain-audit", raw.retain_audit, settings.retention.audit}};
  for (const auto& [name, text, target] : periods) {
    const auto value = period(name, text);
    if (!value) return std::unexpected(value.error());
    target = *value;
  }
  const auto isolation = isolation_from_word(raw.isolation);
  if (!isolation || *isolation != Isolation::strict) return bad("--isolation", raw.isolation, "strict: this release has no weaker level");
  settings.isolation = *isolation;
  if (raw.algorithm != "HS256") return bad("ALGORITHM", raw.algorithm, "HS256");
  return {};
}

}  // namespace

bool ListenAddress::is_loopback() const { return host.starts_with("127.") || host == "::1" || host == "localhost"; }

Result<std::optional<ListenAddress>> parse_listen(std::string_view setting, std::string_view text) {
  if (text == "off") return std::nullopt;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(setting, text, "host:port or off");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.contains(':'))
    return bad(setting, text, "host:port with an IPv6 host in brackets, such as [::1]:5900");
  const auto port = whole_number(text.substr(colon + 1));
  if (host.empty() || !port || *port < 0 || *port > 65'535) return bad(setting, text, "host:port with a port from 0 to 65535, or off");
  return ListenAddress{.host = std::string(host), .port = static_cast<std::uint16_t>(*port)};
}

bool Settings::is_loopback_only() const {
  return (!listen || listen->is_loopback()) && (!registry_listen || registry_listen->is_loopback());
}

std::string default_data_dir() {
  if (geteuid() == 0) return "/var/lib/orc";
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state) return std::string(state) + "/orc";
  if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.local/state/orc";
  return "orc-data";
}

Result<Settings> validate(const RawSettings& raw) {
  if (auto good = refuse_missing_parts(raw); !good) return pass_on(good);
  Settings settings;
  settings.data_dir = raw.data_dir.empty() ? default_data_dir() : raw.data_dir;
  const auto database = database_path(raw, settings.data_dir);
  if (!database) return std::unexpected(database.error());
  settings.database = *database;

  const auto roles = parse_roles(raw.roles);
  if (!roles) return std::unexpected(roles.error());
  settings.runs_worker = roles->worker;
  const auto listen = parse_listen("--listen", raw.listen);
  if (!listen) return std::unexpected(listen.error());
  if (roles->api) settings.listen = *listen;
  const auto registry_listen = parse_listen("--registry-listen", raw.registry_listen);
  if (!registry_listen) return std::unexpected(registry_listen.error());
  if (roles->registry) settings.registry_listen = *registry_listen;
  if (auto grpc = parse_listen("--grpc-listen", raw.grpc_listen); !grpc) return std::unexpected(grpc.error());

  if (auto good = read_values(raw, settings); !good) return pass_on(good);
  const auto uids = parse_uids(raw.sandbox_uids);
  if (!uids) return std::unexpected(uids.error());
  settings.sandbox_uids = *uids;
  const auto level = parse_log_level(raw.log_level);
  if (!level) return std::unexpected(level.error());
  settings.log_level = *level;
  settings.cors_origins = split(raw.cors_origins);
  settings.allowed_hosts = split(raw.allowed_hosts);
  if (settings.allowed_hosts.empty() && settings.is_loopback_only()) settings.allowed_hosts = {"localhost", "127.0.0.1", "[::1]"};
  settings.secret_key = raw.secret_key;

  if (raw.registration.empty())
    settings.registration = settings.is_loopback_only() ? Registration::open : Registration::closed;
  else if (raw.registration == "open")
    settings.registration = Registration::open;
  else if (raw.registration == "closed")
    settings.registration = Registration::closed;
  else
    return bad("--registration", raw.registration, "open or closed");

  if (auto good = check_listeners(raw, settings); !good) return pass_on(good);
  return settings;
}

}  // namespace orc
