#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/http_server.h"
#include "adapters/http/tls_trust.h"
#include "app/deliberation_settings.h"
#include "app/equipment_settings.h"
#include "app/listen_address.h"
#include "app/setting_readers.h"
#include "application/duties/prune_old_rows.h"
#include "application/user/register_user.h"
#include "domain/callback/callback_url.h"
#include "domain/job/attempt.h"
#include "domain/result.h"
#include "ports/event_log.h"

namespace orc {

// The settings of `orc serve` as they were typed: flags and environment, still text (contract section 10).
struct RawSettings {
  std::string data_dir;
  std::string listen = "127.0.0.1:5900";
  std::string registry_listen = "127.0.0.1:5901";
  std::string roles = "api,registry,worker,executor";
  std::string workers;  // empty: cores
  RawEquipment equipment;
  RawDeliberationSettings deliberations;
  std::string registration;  // empty: open on loopback that no run reaches, else closed
  bool insecure_open = false;
  bool share_port = false;
  std::string isolation = "strict";
  std::string isolation_most = "strict";
  std::string runtime = "sandbox";
  std::string docker_socket = std::string(default_docker_socket);
  std::string sandbox_uids = "auto";
  std::string retain_jobs = "30d";
  std::string retain_logs = "7d";
  std::string retain_log_mb = "0";
  std::string retain_events = "1d";
  std::string retain_audit = "365d";
  std::string retain_deliberations = "30d";
  std::string cors_origins;
  std::string callback_origins;
  std::string http_memory_mb = "256";
  std::string allowed_hosts;         // empty: loopback names while every listener is on loopback, else any
  std::string login_rate = "10";     // failed ones a minute, by account and address; or none
  std::string submit_rate = "none";  // jobs a second, by user
  std::string password_cost = "12";  // of bcrypt
  std::string stop_seconds = "30";
  std::string log_level = "info";
  std::string secret_key;
  std::string algorithm = "HS256";
  std::string token_minutes = "60";
  std::string database_url;
  std::string rabbitmq_url;
  std::string plugin_registry_url;
  std::string plugin_registry_ca_file;
  std::string plugin_registry_token;
  std::string nats_url;
  std::string enable_nats = "true";
  std::string events_stream_mb = "1024";
  std::string ray_address;
  std::string ray_debug = "false";
  std::vector<std::string> missing_parts;  // names of settings that are set and belong to parts which are not built
};

// The settings, each good by itself and all good together.
struct Settings {
  std::filesystem::path data_dir;
  std::filesystem::path database;                // of SQLite
  std::string postgres_url;                      // instead of it; empty: SQLite. May hold a secret.
  std::optional<ListenAddress> listen;           // nothing: off
  std::optional<ListenAddress> registry_listen;  // nothing: off
  PortUse port_use = PortUse::alone;
  std::string registry_url;                // of the registry that is asked; empty: plugins are our own
  std::optional<TlsTrust> registry_trust;  // where that URL is one of https
  std::string registry_token;              // that is said to it; empty: one is made for each change. A secret.
  bool runs_worker = true;
  int workers = 1;
  Equipment equipment;  // of the worker
  DeliberationSettings deliberations;
  Registration registration = Registration::open;
  IsolationRange isolation_range;           // of this process's own worker
  Isolation isolation = Isolation::strict;  // the least that any worker must give
  std::optional<SandboxUids> sandbox_uids;  // nothing: as the sandbox chooses
  std::string docker_socket;                // of the engine that runs images; empty: the sandbox gets them
  RetentionPeriods retention;
  std::chrono::seconds deliberations_kept{std::chrono::days{30}};  // once they have ended; zero: for ever
  std::vector<std::string> cors_origins;
  CallbackOrigins callback_origins;
  std::string nats_servers;                              // that events are published to; empty: none. May hold a secret.
  std::int64_t events_stream_bytes = 0;                  // that a stream of our own there may keep, when it is made
  std::uint64_t http_memory_bytes = 0;                   // for request bodies and answers in flight
  std::optional<std::int64_t> failed_logins_per_minute;  // nothing: any number
  std::optional<std::int64_t> submissions_per_second;    // nothing: any number
  int password_cost = 12;                                // of bcrypt, for new passwords
  std::vector<std::string> allowed_hosts;                // empty: any
  std::chrono::seconds stop_grace{30};
  LogLevel log_level = LogLevel::info;
  std::string secret_key;  // empty: the one in the data directory
  std::chrono::seconds token_lifetime{3600};

  bool is_loopback_only() const;
  bool runs_reach_loopback() const;  // some that it may run: with the host's network, or at isolation none
  bool shares_host_network() const;  // runs of this process's worker may have it, and reach what listens on loopback
  bool uses_postgres() const { return !postgres_url.empty(); }
};

// Errors: invalid_argument: one sentence that names the bad setting, its value and what would be good. Never shows a secret.
Result<Settings> validate(const RawSettings& raw);

// `$XDG_STATE_HOME/orc`, else `~/.local/state/orc`; for root `/var/lib/orc` (contract section 10).
std::string default_data_dir();

}  // namespace orc
