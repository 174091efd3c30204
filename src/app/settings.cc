#include "app/settings.h"

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <unistd.h>

#include "adapters/http/http_client.h"
#include "app/setting_readers.h"

namespace orc {
namespace {

// Below, guesses are too cheap; above, a login takes more than four seconds.
constexpr std::int64_t password_cost_min = 10;
constexpr std::int64_t password_cost_max = 16;

constexpr std::int64_t http_memory_mb_min = 96;  // the largest body that a route takes must fit into three quarters

struct Roles {
  bool api = false;
  bool registry = false;
  bool worker = false;
  bool executor = false;
};

Result<Roles> parse_roles(std::string_view text) {
  Roles roles;
  for (const std::string& role : comma_separated(text)) {
    if (role == "api")
      roles.api = true;
    else if (role == "registry")
      roles.registry = true;
    else if (role == "worker")
      roles.worker = true;
    else if (role == "executor")
      roles.executor = true;
    else
      return bad_setting("--roles (ORC_ROLES)", text, "a list of api, registry, worker and executor");
  }
  return roles;
}

// What a process with these roles would be good for.
Result<void> check_roles(const Roles& roles, std::string_view text, bool is_shared) {
  if (!roles.api && !roles.registry && !roles.worker && !roles.executor)
    return bad_setting("--roles (ORC_ROLES)", text, "a list with api, registry, worker or executor in it");
  if (is_shared || !roles.worker || roles.api) return {};
  return fail(
      ErrorCode::invalid_argument,
      "--roles " + std::string(text) +
          ": a worker without an API in its process needs DATABASE_URL=postgresql://…, because a SQLite database belongs to one process; "
          "a worker for a server on SQLite is `orc runner --api URL`");
}

// A setting of a part that this release does not have is refused: pretending to use it would lose work.
Result<void> refuse_missing_parts(const RawSettings& raw) {
  const std::pair<std::string_view, const std::string&> missing[] = {{"RABBITMQ_URL", raw.rabbitmq_url}, {"RAY_ADDRESS", raw.ray_address}};
  for (const auto& [name, value] : missing)
    if (!value.empty())
      return fail(ErrorCode::invalid_argument, std::string(name) + " is set, but this release has only the embedded part: unset it");
  for (const std::string& name : raw.missing_parts)
    return fail(ErrorCode::invalid_argument, name + " is set, but belongs to a part that this release does not have: unset it");
  return {};
}

// The URL of a PostgreSQL server as libpq takes it; nothing for another one. SQLAlchemy names its driver in the scheme, as in
// postgresql+asyncpg://.
std::string postgres_url(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::string_view scheme = url.substr(0, std::min(scheme_end, url.find('+')));
  if (scheme != "postgresql" && scheme != "postgres") return {};
  return "postgresql" + std::string(url.substr(scheme_end));
}

Result<std::filesystem::path> database_path(const RawSettings& raw, const std::filesystem::path& data_dir) {
  constexpr std::string_view scheme = "sqlite:///";
  if (raw.database_url.empty()) return data_dir / "orc.db";
  if (!raw.database_url.starts_with(scheme) || raw.database_url.size() == scheme.size())
    return fail(ErrorCode::invalid_argument,
                "--database-url (DATABASE_URL) must read sqlite:///path or postgresql://host/database (its value is not shown, as it may "
                "hold a secret)");
  return std::filesystem::path(raw.database_url.substr(scheme.size()));
}

// Where events are published; nowhere, if ENABLE_NATS says no, but what is there must make sense all the same.
Result<std::string> read_nats(const RawSettings& raw) {
  const auto is_wanted = yes_or_no("ENABLE_NATS", raw.enable_nats);
  if (!is_wanted) return std::unexpected(is_wanted.error());
  if (raw.nats_url.empty()) return std::string();
  if (auto good = check_nats_url("--nats (NATS_URL)", raw.nats_url); !good) return pass_on(good);
  return *is_wanted ? raw.nats_url : std::string();
}

std::unexpected<Error> ca_file_for_nothing(const RawSettings& raw) {
  return fail(ErrorCode::invalid_argument, "--plugin-registry-ca-file (PLUGIN_REGISTRY_CA_FILE) is \"" + raw.plugin_registry_ca_file +
                                               "\", but is for a --plugin-registry-url of https");
}

// A process that asks a registry elsewhere serves none of its own: two would tell different things.
Result<void> read_registry_url(const RawSettings& raw, Settings& settings) {
  if (raw.plugin_registry_url.empty()) {
    if (!raw.plugin_registry_ca_file.empty()) return ca_file_for_nothing(raw);
    if (raw.plugin_registry_token.empty()) return {};
    return fail(ErrorCode::invalid_argument,
                "PLUGIN_REGISTRY_TOKEN is for the registry that --plugin-registry-url (PLUGIN_REGISTRY_URL) names");
  }
  if (auto good = check_secret("PLUGIN_REGISTRY_TOKEN", raw.plugin_registry_token); !good) return pass_on(good);
  auto trust = TlsTrust::for_server(raw.plugin_registry_url, raw.plugin_registry_ca_file, "PLUGIN_REGISTRY_CA_FILE");
  if (!trust)
    return fail(ErrorCode::invalid_argument,
                "--plugin-registry-url (PLUGIN_REGISTRY_URL) must be the http://host:port or https://host:port of a plugin registry: " +
                    trust.error().message);
  if (!*trust && !raw.plugin_registry_ca_file.empty()) return ca_file_for_nothing(raw);
  if (!settings.listen)
    return fail(ErrorCode::invalid_argument, "--plugin-registry-url is for a process with an API: leave it out, or give the role api");
  settings.registry_url = raw.plugin_registry_url;
  settings.registry_trust = std::move(*trust);
  settings.registry_token = raw.plugin_registry_token;
  settings.registry_listen.reset();
  return {};
}

// A run with this host's network reaches what listens on loopback, and over gRPC it would spend what models cost.
Result<void> check_beside_runs(const Settings& settings) {
  if (!settings.shares_host_network() || !settings.deliberations.grpc_listen || !settings.deliberations.grpc_token.empty()) return {};
  return fail(ErrorCode::invalid_argument,
              "--worker-host-network (ORC_WORKER_HOST_NETWORK) lets runs reach the gRPC port, which anybody there may use without a token: "
              "give ORC_GRPC_TOKEN, or say --grpc-listen off");
}

Result<void> check_listeners(const RawSettings& raw, const Settings& settings) {
  if (raw.insecure_open || settings.is_loopback_only()) return {};
  const bool only_grpc_is_open =
      (!settings.listen || settings.listen->is_loopback()) && (!settings.registry_listen || settings.registry_listen->is_loopback());
  if (only_grpc_is_open) {
    if (settings.deliberations.speaks_tls() && !settings.deliberations.grpc_token.empty()) return {};
    return fail(
        ErrorCode::invalid_argument,
        "--grpc-listen beyond loopback needs ORC_GRPC_TOKEN, --grpc-tls-cert and --grpc-tls-key: give them, or say --insecure-open");
  }
  return fail(ErrorCode::invalid_argument,
              "a listener beyond loopback would run without TLS: put a TLS proxy in front and listen on 127.0.0.1, or say --insecure-open");
}

// A process without any part would sit there and look as if it served.
Result<void> refuse_idleness(const Settings& settings) {
  if (settings.listen || settings.registry_listen || settings.runs_worker || settings.deliberations.runs) return {};
  return fail(ErrorCode::invalid_argument,
              "there is nothing to do: every listener is off, and neither a worker nor an executor is asked for; see --listen, "
              "--registry-listen and --roles");
}

// What the numbers and words of `raw` mean one by one.
Result<void> read_values(const RawSettings& raw, Settings& settings) {
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  const auto workers = number_between("--workers (ORC_WORKERS)", raw.workers.empty() ? std::to_string(cores) : raw.workers, 1, workers_max);
  if (!workers) return std::unexpected(workers.error());
  settings.workers = static_cast<int>(*workers);
  auto equipment = validate(raw.equipment, equipment_names_of_server);
  if (!equipment) return pass_on(equipment);
  settings.equipment = std::move(*equipment);
  const auto minutes = number_between("--access-token-expire-minutes (ACCESS_TOKEN_EXPIRE_MINUTES)", raw.token_minutes, 1, 525'600);
  if (!minutes) return std::unexpected(minutes.error());
  settings.token_lifetime = std::chrono::minutes{*minutes};
  const auto cost = number_between("--password-cost (ORC_PASSWORD_COST)", raw.password_cost, password_cost_min, password_cost_max);
  if (!cost) return std::unexpected(cost.error());
  settings.password_cost = static_cast<int>(*cost);
  const auto grace = number_between("--stop-seconds (ORC_STOP_SECONDS)", raw.stop_seconds, 0, 86'400);
  if (!grace) return std::unexpected(grace.error());
  settings.stop_grace = std::chrono::seconds{*grace};
  const auto memory = number_between("--http-memory-mb (ORC_HTTP_MEMORY_MB)", raw.http_memory_mb, http_memory_mb_min, 1'048'576);
  if (!memory) return std::unexpected(memory.error());
  settings.http_memory_bytes = static_cast<std::uint64_t>(*memory) << 20;
  const auto stream_mb = number_between("--events-stream-mb (ORC_EVENTS_STREAM_MB)", raw.events_stream_mb, 1, 1'000'000'000);
  if (!stream_mb) return std::unexpected(stream_mb.error());
  settings.events_stream_bytes = *stream_mb << 20;
  const auto log_mb = number_between("--retain-log-mb (ORC_RETAIN_LOG_MB)", raw.retain_log_mb, 0, 1'000'000'000);
  if (!log_mb) return std::unexpected(log_mb.error());
  settings.retention.log_bytes_max = *log_mb << 20;
  const std::tuple<std::string_view, const std::string&, std::chrono::seconds&> periods[] = {
      {"--retain-jobs (ORC_RETAIN_JOBS)", raw.retain_jobs, settings.retention.jobs},
      {"--retain-logs (ORC_RETAIN_LOGS)", raw.retain_logs, settings.retention.logs},
      {"--retain-events (ORC_RETAIN_EVENTS)", raw.retain_events, settings.retention.events},
      {"--retain-audit (ORC_RETAIN_AUDIT)", raw.retain_audit, settings.retention.audit},
      {"--retain-deliberations (ORC_RETAIN_DELIBERATIONS)", raw.retain_deliberations, settings.deliberations_kept}};
  for (const auto& [name, text, target] : periods) {
    const auto value = period(name, text);
    if (!value) return std::unexpected(value.error());
    target = *value;
  }
  const std::tuple<std::string_view, const std::string&, std::string_view, std::optional<std::int64_t>&> rates[] = {
      {"--login-rate (ORC_LOGIN_RATE)", raw.login_rate, "failed logins a minute", settings.failed_logins_per_minute},
      {"--submit-rate (ORC_SUBMIT_RATE)", raw.submit_rate, "submissions a second", settings.submissions_per_second}};
  for (const auto& [name, text, meaning, target] : rates) {
    const auto value = rate_or_none(name, text, meaning);
    if (!value) return std::unexpected(value.error());
    target = *value;
  }
  const auto isolation = parse_isolation(raw.isolation, raw.isolation_most);
  if (!isolation) return std::unexpected(isolation.error());
  settings.isolation_range = *isolation;
  settings.isolation = isolation->least;
  if (raw.algorithm != "HS256") return bad_setting("ALGORITHM", raw.algorithm, "HS256");
  return {};
}

}  // namespace

bool Settings::is_loopback_only() const {
  const auto is_local = [](const std::optional<ListenAddress>& where) { return !where || where->is_loopback(); };
  return is_local(listen) && is_local(registry_listen) && is_local(deliberations.grpc_listen);
}

bool Settings::runs_reach_loopback() const { return shares_host_network() || (runs_worker && isolation == Isolation::none); }

bool Settings::shares_host_network() const { return runs_worker && equipment.network == NetworkAccess::host; }

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
  settings.postgres_url = postgres_url(raw.database_url);
  if (settings.postgres_url.empty()) {
    const auto database = database_path(raw, settings.data_dir);
    if (!database) return std::unexpected(database.error());
    settings.database = *database;
  }

  const auto roles = parse_roles(raw.roles);
  if (!roles) return std::unexpected(roles.error());
  if (auto good = check_roles(*roles, raw.roles, settings.uses_postgres()); !good) return pass_on(good);
  settings.runs_worker = roles->worker;
  const auto listen = parse_listen("--listen (ORC_LISTEN)", raw.listen);
  if (!listen) return std::unexpected(listen.error());
  if (roles->api) settings.listen = *listen;
  const auto registry_listen = parse_listen("--registry-listen (ORC_REGISTRY_LISTEN)", raw.registry_listen);
  if (!registry_listen) return std::unexpected(registry_listen.error());
  if (roles->registry) settings.registry_listen = *registry_listen;
  if (auto good = read_registry_url(raw, settings); !good) return pass_on(good);
  auto deliberations = validate(raw.deliberations, roles->executor);
  if (!deliberations) return pass_on(deliberations);
  settings.deliberations = std::move(*deliberations);
  settings.port_use = raw.share_port ? PortUse::shared : PortUse::alone;
  // It changes nothing in this release, but what is there must make sense.
  if (auto debug = yes_or_no("RAY_DEBUG", raw.ray_debug); !debug) return pass_on(debug);
  auto nats = read_nats(raw);
  if (!nats) return pass_on(nats);
  settings.nats_servers = std::move(*nats);

  if (auto good = read_values(raw, settings); !good) return pass_on(good);
  const auto uids = parse_uids(raw.sandbox_uids);
  if (!uids) return std::unexpected(uids.error());
  settings.sandbox_uids = *uids;
  auto docker_socket = parse_runtime(raw.runtime, raw.docker_socket);
  if (!docker_socket) return pass_on(docker_socket);
  settings.docker_socket = std::move(*docker_socket);
  const auto level = parse_log_level(raw.log_level);
  if (!level) return std::unexpected(level.error());
  settings.log_level = *level;
  auto allowed_origins = origins("--cors-origins (ORC_CORS_ORIGINS)", raw.cors_origins);
  if (!allowed_origins) return pass_on(allowed_origins);
  settings.cors_origins = std::move(*allowed_origins);
  auto callbacks = parse_callback_origins(raw.callback_origins);
  if (!callbacks) return pass_on(callbacks);
  settings.callback_origins = std::move(*callbacks);
  auto hosts = host_names("--allowed-hosts (ORC_ALLOWED_HOSTS)", raw.allowed_hosts);
  if (!hosts) return pass_on(hosts);
  settings.allowed_hosts = std::move(*hosts);
  if (settings.allowed_hosts.empty() && settings.is_loopback_only()) settings.allowed_hosts = {"localhost", "127.0.0.1", "[::1]"};
  settings.secret_key = raw.secret_key;

  if (raw.registration.empty())
    settings.registration =
        settings.is_loopback_only() && !settings.runs_reach_loopback() ? Registration::open_on_this_host : Registration::closed;
  else if (raw.registration == "open")
    settings.registration = Registration::open;
  else if (raw.registration == "closed")
    settings.registration = Registration::closed;
  else
    return bad_setting("--registration (ORC_REGISTRATION)", raw.registration, "open or closed");

  if (auto good = check_listeners(raw, settings); !good) return pass_on(good);
  if (auto good = check_beside_runs(settings); !good) return pass_on(good);
  if (auto good = refuse_idleness(settings); !good) return pass_on(good);
  return settings;
}

}  // namespace orc
