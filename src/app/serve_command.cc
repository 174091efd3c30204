#include "app/serve_command.h"

#include <cstdlib>
#include <fstream>

#include "app/deliberation_flags.h"
#include "app/equipment_flags.h"

namespace orc {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool is_variable_name(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

constexpr const char* state_group = "State";

void add_retention_flags(CLI::App& command, RawSettings& raw) {
  const std::string group = state_group;
  command.add_option("--retain-jobs", raw.retain_jobs, "Keep ended jobs so long; 0 keeps for ever")
      ->envname("ORC_RETAIN_JOBS")
      ->capture_default_str()
      ->group(group);
  command.add_option("--retain-logs", raw.retain_logs, "Keep logs of jobs so long")
      ->envname("ORC_RETAIN_LOGS")
      ->capture_default_str()
      ->group(group);
  command.add_option("--retain-log-mb", raw.retain_log_mb, "Keep no more than the newest so many MiB of logs, as stored; 0: any")
      ->envname("ORC_RETAIN_LOG_MB")
      ->capture_default_str()
      ->group(group);
  command.add_option("--retain-deliberations", raw.retain_deliberations, "Keep ended deliberations with their calls so long")
      ->envname("ORC_RETAIN_DELIBERATIONS")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--retain-events", raw.retain_events,
                  "Keep events of deliberations that have ended so long after they were published, or stored where nobody publishes them")
      ->envname("ORC_RETAIN_EVENTS")
      ->capture_default_str()
      ->group(group);
  command.add_option("--retain-audit", raw.retain_audit, "Keep the audit log so long")
      ->envname("ORC_RETAIN_AUDIT")
      ->capture_default_str()
      ->group(group);
}

void add_network_flags(CLI::App& command, RawSettings& raw) {
  const std::string group = "Network";
  command.add_option("--listen", raw.listen, "REST API: host:port, port 0 for any free one, or off")
      ->envname("ORC_LISTEN")
      ->capture_default_str()
      ->group(group);
  command.add_option("--registry-listen", raw.registry_listen, "Plugin registry: host:port or off")
      ->envname("ORC_REGISTRY_LISTEN")
      ->capture_default_str()
      ->group(group);
  command.add_option("--cors-origins", raw.cors_origins, "Origins that browsers may call from, comma-separated, or *")
      ->envname("ORC_CORS_ORIGINS")
      ->group(group);
  command
      .add_option("--callback-origins", raw.callback_origins,
                  "Origins that a job's callback_url may name, comma-separated, such as https://hooks.example.org; default: none")
      ->envname("ORC_CALLBACK_ORIGINS")
      ->group(group);
  command
      .add_option("--http-memory-mb", raw.http_memory_mb,
                  "Memory for request bodies and answers in flight, beside 16 KiB for each connection; beyond it, or half of it for one "
                  "address, requests get 503")
      ->envname("ORC_HTTP_MEMORY_MB")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--allowed-hosts", raw.allowed_hosts,
                  "Names by which browsers may call this server, comma-separated; default: loopback names, any beyond loopback")
      ->envname("ORC_ALLOWED_HOSTS")
      ->group(group);
  command
      .add_option("--plugin-registry-url", raw.plugin_registry_url,
                  "http://host:port or https://host:port of a plugin registry that is another process; default: this process has its own")
      ->envname("PLUGIN_REGISTRY_URL")
      ->type_name("URL")
      ->group(group);
  command
      .add_option("--plugin-registry-ca-file", raw.plugin_registry_ca_file,
                  "Certificate authorities (PEM) that vouch for a --plugin-registry-url of https; default: this host's")
      ->envname("PLUGIN_REGISTRY_CA_FILE")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--nats", raw.nats_url,
                  "nats://host:port of the NATS server with JetStream that events of deliberations are published to, or several; one "
                  "with a password belongs into NATS_URL; default: events stay in the database")
      ->envname("NATS_URL")
      ->type_name("URL")
      ->group(group);
  command
      .add_option("--events-stream-mb", raw.events_stream_mb,
                  "MiB that the stream ORC_EVENTS may keep, when it is made there: its server reserves them")
      ->envname("ORC_EVENTS_STREAM_MB")
      ->type_name("MIB")
      ->capture_default_str()
      ->group(group);
  command
      .add_flag("--share-port", raw.share_port,
                "Let other processes with this flag listen on the same ports, so that one can restart while the others answer")
      ->envname("ORC_SHARE_PORT")
      ->group(group);
  command.add_flag("--insecure-open", raw.insecure_open, "Allow listeners beyond loopback without TLS")
      ->envname("ORC_INSECURE_OPEN")
      ->group(group);
}

void add_worker_flags(CLI::App& command, RawSettings& raw) {
  const std::string group = "Work";
  command.add_option("--roles", raw.roles, "Parts that run in this process")->envname("ORC_ROLES")->capture_default_str()->group(group);
  command.add_option("--workers", raw.workers, "Plugin runs at once; default: cores")->envname("ORC_WORKERS")->group(group);
  add_equipment_flags(command, raw.equipment, equipment_names_of_server, group);
  command.add_option("--isolation", raw.isolation, "Least isolation a run may have: strict, container or none")
      ->envname("ORC_ISOLATION")
      ->capture_default_str()
      ->group(group);
  command.add_option("--isolation-most", raw.isolation_most, "Strongest isolation to use; runs get what the host can give up to here")
      ->envname("ORC_ISOLATION_MOST")
      ->capture_default_str()
      ->group(group);
  command.add_option("--runtime", raw.runtime, "Where plugins that are images run: sandbox or docker")
      ->envname("ORC_RUNTIME")
      ->capture_default_str()
      ->group(group);
  command.add_option("--docker-socket", raw.docker_socket, "Socket of the Docker Engine, for --runtime docker")
      ->envname("ORC_DOCKER_SOCKET")
      ->capture_default_str()
      ->group(group);
  command.add_option("--sandbox-uids", raw.sandbox_uids, "FIRST-LAST: uids for plugin runs when started by root, or auto")
      ->envname("ORC_SANDBOX_UIDS")
      ->capture_default_str()
      ->group(group);
  command.add_option("--stop-seconds", raw.stop_seconds, "How long running jobs may go on after SIGTERM")
      ->envname("ORC_STOP_SECONDS")
      ->capture_default_str()
      ->group(group);
}

void add_account_flags(CLI::App& command, RawSettings& raw) {
  const std::string group = "Accounts and log";
  command
      .add_option("--registration", raw.registration,
                  "open or closed; default: open to this host if every listener is on loopback and no run reaches it there")
      ->envname("ORC_REGISTRATION")
      ->group(group);
  command
      .add_option("--login-rate", raw.login_rate,
                  "Failed logins a minute, by account and address, or none; successes are free, but count until they are known")
      ->envname("ORC_LOGIN_RATE")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--password-cost", raw.password_cost,
                  "bcrypt cost of new passwords, 10 to 16: one more doubles the work of a login and of a guess")
      ->envname("ORC_PASSWORD_COST")
      ->capture_default_str()
      ->group(group);
  command.add_option("--submit-rate", raw.submit_rate, "Submissions a second, by user, or none; repeats and refusals are free")
      ->envname("ORC_SUBMIT_RATE")
      ->capture_default_str()
      ->group(group);
  command.add_option("--access-token-expire-minutes", raw.token_minutes, "Life of a login")
      ->envname("ACCESS_TOKEN_EXPIRE_MINUTES")
      ->capture_default_str()
      ->group(group);
  command.add_option("--log-level", raw.log_level, "debug, info, warning or error")
      ->envname("LOG_LEVEL")
      ->capture_default_str()
      ->group(group);
}

// Of an empty variable the default holds, as if it were not set.
std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

// Secrets, as an argument could be read by everybody on the host, and what the systems of this contract had no flag for.
void read_environment(RawSettings& raw) {
  const std::pair<const char*, std::string&> variables[] = {{"SECRET_KEY", raw.secret_key},
                                                            {"ALGORITHM", raw.algorithm},
                                                            {"RABBITMQ_URL", raw.rabbitmq_url},
                                                            {"ENABLE_NATS", raw.enable_nats},
                                                            {"GRPC_PORT", raw.deliberations.grpc_port},
                                                            {"VLLM_URL", raw.deliberations.vllm_url},
                                                            {"RAY_DEBUG", raw.ray_debug},
                                                            {"RAY_ADDRESS", raw.ray_address},
                                                            {"PLUGIN_REGISTRY_TOKEN", raw.plugin_registry_token}};
  for (const auto& [name, target] : variables)
    if (const auto value = environment(name); !value.empty()) target = value;
  for (const char* name : {"ORC_TLS_CERT", "ORC_TLS_KEY", "ORC_TRUSTED_PROXIES", "RAY_HEAD_ADDRESS"})
    if (!environment(name).empty()) raw.missing_parts.emplace_back(name);
}

}  // namespace

void add_place_flags(CLI::App& command, RawSettings& raw) {
  command.add_option("--data-dir", raw.data_dir, "Folder for database, blobs, cli.json and endpoints.json; one process owns it")
      ->envname("ORC_DATA_DIR")
      ->type_name("DIR")
      ->group(state_group);
  command
      .add_option("--database-url", raw.database_url, "sqlite:///path instead of orc.db in the data folder, or postgresql://host/database")
      ->envname("DATABASE_URL")
      ->type_name("URL")
      ->group(state_group);
  // Read by load_env_file() before any flag is looked at.
  command.add_option("--env-file", "File of NAME=value lines with more settings; the environment and flags win")->type_name("FILE");
}

void add_serve_flags(CLI::App& command, RawSettings& raw) {
  add_place_flags(command, raw);
  add_retention_flags(command, raw);
  add_network_flags(command, raw);
  add_worker_flags(command, raw);
  add_deliberation_flags(command, raw.deliberations);
  add_account_flags(command, raw);
  read_environment(raw);
}

CLI::App* add_serve_command(CLI::App& app, RawSettings& raw) {
  CLI::App* const serve = app.add_subcommand("serve", "Run the whole system: API, registry, queue, worker and deliberations");
  serve->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);  // so that a script can append its own
  add_serve_flags(*serve, raw);
  serve->footer(
      "Settings without a flag, as variables only: SECRET_KEY signs logins; ALGORITHM (HS256); GRPC_PORT, the port of gRPC alone; "
      "VLLM_URL, the\n"
      "model server that may be asked; ENABLE_NATS=false publishes no events; PLUGIN_REGISTRY_TOKEN, said to --plugin-registry-url. All "
      "of\n"
      "them are explained in .env.example.\n\nExamples:\n  orc serve\n  orc serve --data-dir ./orc-data --listen 127.0.0.1:0\n  orc serve "
      "--roles api,registry    accept jobs, "
      "run none\n  orc serve --roles worker          run the jobs of a PostgreSQL database that others serve");
  return serve;
}

std::optional<std::string> env_file_argument(int count, const char* const* arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument.starts_with("--env-file=")) return std::string(argument.substr(11));
    if (argument == "--env-file" && i + 1 < count) return std::string(arguments[i + 1]);
  }
  return {};
}

Result<std::vector<std::string>> load_env_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::invalid_argument, "--env-file: " + path + " cannot be read");
  std::vector<std::string> names;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    if (text.starts_with("export ")) text = trimmed(text.substr(7));
    const auto equals = text.find('=');
    const auto name = trimmed(text.substr(0, std::min(equals, text.size())));
    if (equals == std::string_view::npos || !is_variable_name(name))
      return fail(ErrorCode::invalid_argument, "--env-file: line " + std::to_string(number) + " of " + path + " does not read NAME=value");
    auto value = trimmed(text.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    if (setenv(std::string(name).c_str(), std::string(value).c_str(), 0) != 0)
      return fail(ErrorCode::internal, "the environment has no room for " + std::string(name));
    names.emplace_back(name);
  }
  return names;
}

}  // namespace orc
