#include "app/server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

#include "adapters/crypto/bcrypt_password_hasher.h"
#include "adapters/crypto/jwt_token_signer.h"
#include "adapters/crypto/secret_key.h"
#include "adapters/crypto/sha256_digest.h"
#include "adapters/json_schema/cached_schema_validator.h"
#include "adapters/package/archive_package_reader.h"
#include "adapters/system/asio_wake_ups.h"
#include "adapters/system/data_directory_instance.h"
#include "adapters/system/json_event_log.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_random.h"
#include "app/blocking.h"
#include "app/callbacks.h"
#include "app/duty_loop.h"
#include "app/frontend.h"
#include "app/program_path.h"
#include "app/registry_link.h"
#include "app/signals.h"
#include "app/stores.h"
#include "app/warm_meters.h"
#include "app/worker.h"
#include "application/duties/end_overdue.h"
#include "application/duties/prune_old_rows.h"
#include "application/duties/rescue_lost_workers.h"
#include "application/duties/sweep_blobs.h"

namespace orc {
namespace {

constexpr int standard_error = 2;
constexpr std::size_t operator_key_bytes = 24;
constexpr std::size_t key_mark_length = 16;
constexpr std::chrono::seconds dry_wait_max{5};

// A number of its own for each service, the same after every restart and for all its workers.
std::uint64_t service_number(Digest& digest, const std::string& secret_key) {
  const ContentHash hash = digest.sha256("instance:" + secret_key);
  std::uint64_t number = 0;
  std::memcpy(&number, hash.bytes.data(), sizeof number);
  return number;
}

// Whether connections that nobody has accepted go to another listener of a shared port when ours is closed.
bool kernel_hands_connections_on() {
  std::ifstream file("/proc/sys/net/ipv4/tcp_migrate_req");
  int value = 0;
  return file >> value && value != 0;
}

}  // namespace

// Construction order is dependency order; destruction is the reverse.
struct Server::Parts {
  explicit Parts(const Settings& s) : settings(s), log(standard_error, s.log_level, clock) {}

  Result<void> open();
  void build_use_cases(const std::string& secret_key);
  PluginReader& plugin_reader();
  UseCasePorts use_case_ports();
  Result<void> take_over();
  Result<void> compare_keys();
  Result<void> write_files(const Endpoints& endpoints);
  void start_duties();
  void wait_until_dry();

  const Settings& settings;
  SystemClock clock;
  SystemRandom random;
  Sha256Digest digest;
  JsonEventLog log;
  Metrics metrics;
  boost::asio::io_context io{1};
  WorkPool files{"file operations", {.threads = 2, .waiting_max = 4096}};
  WorkPool parsing{"large documents", {.threads = 1, .waiting_max = 256}};
  AsioWakeUps wake_ups{io.get_executor()};
  std::unique_ptr<Stores> stores;
  std::string instance;  // of the data directory
  std::optional<Signals> signals;
  CachedSchemaValidator schemas{parsing, {}};
  // Apart, so that a flood of submissions never costs a finished run its result; bounded by the slots of the worker.
  WorkPool outputs{"large outputs", {.threads = 1, .waiting_max = 1000}};
  CachedSchemaValidator output_schemas{outputs, {}};
  ArchivePackageReader packages{files};
  BcryptPasswordHasher passwords{BcryptPasswordHasher::cost_usual};
  std::optional<JwtTokenSigner> tokens;
  std::string operator_key;
  std::string key_mark;                  // tells secret keys from each other, and nothing about them
  std::optional<RegistryLink> registry;  // where plugins are another process's
  std::optional<UseCases> use_cases;
  std::optional<RescueLostWorkers> rescue;
  std::optional<PruneOldRows> prune;
  std::optional<SweepBlobs> sweep;
  std::optional<EndOverdue> end_overdue;
  std::optional<Callbacks> callbacks;
  DutyLoop duties{io, log};
  std::optional<LocalWorker> worker;
  InheritedSockets inherited;
  std::optional<Frontend> frontend;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> keep_running;
  std::promise<void> dry;  // nothing is left to do for io_thread
  std::jthread io_thread;
};

Result<void> Server::Parts::open() {
  auto sockets = InheritedSockets::from_environment();
  if (!sockets) return pass_on(sockets);
  inherited = std::move(*sockets);
  if (settings.runs_worker)
    if (auto launcher = find_launcher(); !launcher) return pass_on(launcher);
  auto opened = Stores::open(settings, metrics, files, clock, digest);
  if (!opened) return pass_on(opened);
  stores = std::move(*opened);
  auto known = load_instance(settings.data_dir, random);
  if (!known) return pass_on(known);
  instance = std::move(*known);
  signals.emplace(io.get_executor(), settings, *stores);
  const Exposure exposure = settings.is_loopback_only() ? Exposure::loopback : Exposure::network;
  const auto configured = settings.secret_key.empty() ? std::nullopt : std::optional(settings.secret_key);
  const auto secret_key = load_secret_key(configured, exposure, settings.data_dir, random);
  if (!secret_key) return std::unexpected(secret_key.error());
  tokens.emplace(*secret_key, random);
  if (!settings.registry_url.empty())
    registry.emplace(RegistryLink::Address{.url = settings.registry_url, .token = settings.registry_token}, *stores, *tokens, clock, log);
  build_use_cases(*secret_key);
  return {};
}

PluginReader& Server::Parts::plugin_reader() { return registry ? registry->plugins() : stores->plugin_reader(); }

void Server::Parts::build_use_cases(const std::string& secret_key) {
  Database& database = stores->database();
  key_mark = to_hex(digest.sha256("mark of a key:" + secret_key)).substr(0, key_mark_length);
  operator_key = std::string(api_key_prefix) + random.token(operator_key_bytes);
  use_cases.emplace(use_case_ports(), settings.registration, settings.token_lifetime, settings.callback_origins,
                    digest.sha256(operator_key), service_number(digest, secret_key));
  rescue.emplace(database.workers(), stores->jobs(), signals->jobs(), clock, log);
  prune.emplace(database.retention(), clock, settings.retention);
  sweep.emplace(stores->blobs(), database.blobs(), clock);
  end_overdue.emplace(stores->jobs(), signals->jobs(), log);
  callbacks.emplace(io, CallbackPorts{.store = stores->callbacks(), .wake_ups = wake_ups, .random = random, .clock = clock, .log = log},
                    settings.callback_origins, secret_key);

  std::vector<ReadinessProbe*> probes = {&database.readiness(), &*signals};
  if (registry) probes.push_back(&registry->probe());
  if (settings.runs_worker) {
    const WorkerPorts ports{.source = use_cases->work_desk, .blobs = stores->blobs(), .wake_ups = wake_ups, .clock = clock, .log = log};
    const WorkerOptions options{.name = {},
                                .slots = settings.workers,
                                .equipment = settings.equipment,
                                .data_dir = settings.data_dir,
                                .instance = instance,
                                .isolation = settings.isolation_range,
                                .sandbox_uids = settings.sandbox_uids,
                                .docker_socket = settings.docker_socket};
    worker.emplace(io, ports, duties, options);
    probes.push_back(&*worker);
    rescue->spare(worker->registration());
  }
  const FrontendPorts ports{.users = stores->users(),
                            .api_keys = stores->api_keys(),
                            .jobs = database.job_reader(),
                            .callbacks = stores->callbacks(),
                            .plugins = plugin_reader(),
                            .workers = database.workers(),
                            .worker_beats = rescue->beats(),
                            .blobs = stores->blobs(),
                            .signals = signals->jobs(),
                            .wake_ups = wake_ups,
                            .clock = clock,
                            .parsing = parsing,
                            .digest = digest,
                            .log = log,
                            .metrics = metrics,
                            .read_meters =
                                [this](Metrics& meters) {
                                  if (worker) meters.warm_processes_are(warm_reading(worker->warm_figures()));
                                },
                            .probes = std::move(probes),
                            .callback_secrets = callbacks->secrets(),
                            .registry = registry ? registry->questions() : RegistryElsewhere{}};
  frontend.emplace(io, *use_cases, ports, settings);
}

UseCasePorts Server::Parts::use_case_ports() {
  Database& database = stores->database();
  return {.users = stores->users(),
          .api_keys = stores->api_keys(),
          .plugins = stores->plugins(),
          .plugin_reader = plugin_reader(),
          .jobs = stores->jobs(),
          .job_reader = database.job_reader(),
          .blobs = stores->blobs(),
          .blob_catalog = database.blobs(),
          .audit = database.audit(),
          .schemas = schemas,
          .output_schemas = output_schemas,
          .workers = database.workers(),
          .packages = packages,
          .passwords = passwords,
          .tokens = *tokens,
          .digest = digest,
          .signals = signals->jobs(),
          .log = log,
          .clock = clock,
          .random = random};
}

// Our lock on the data folder proves that every worker that was started from it is dead, so its jobs come back at once; where nobody shares
// the store, every worker in it.
Result<void> Server::Parts::take_over() {
  keep_running.emplace(io.get_executor());
  io_thread = std::jthread([this] {
    io.run();
    dry.set_value();
  });
  return run_blocking(io, rescue->take_over(stores->is_shared() ? std::optional(instance) : std::nullopt));
}

// A login counts at every process that signs with the same key, and at no other. Only a warning, as the key may have been changed on
// purpose.
Result<void> Server::Parts::compare_keys() {
  const auto before = run_blocking(io, stores->database().note_agreement("secret_key", key_mark));
  if (!before) return std::unexpected(before.error());
  if (*before && **before != key_mark)
    log.warn("another SECRET_KEY", {{"reason",
                                     "this database was last served with another key: logins made with that one do not count here. "
                                     "Processes that share a database must be given one SECRET_KEY"}});
  return {};
}

void Server::Parts::start_duties() {
  boost::asio::post(io, [this] {
    for (Duty* duty : std::initializer_list<Duty*>{&*rescue, &use_cases->end_orphans, &*end_overdue, &*prune, &*sweep, &callbacks->duty()})
      duties.start(*duty);
  });
}

// A worker alone listens nowhere: then there is nothing that the command line could talk to, and what a predecessor left is removed.
Result<void> Server::Parts::write_files(const Endpoints& endpoints) {
  const auto& url = endpoints.api ? endpoints.api : endpoints.registry;
  if (auto removed = remove_server_files(settings.data_dir); !removed) return removed;
  if (url)
    if (auto written = write_command_line_file(settings.data_dir, *url, operator_key); !written) return written;
  return write_endpoints_file(settings.data_dir, endpoints);
}

// Everything that runs ends by itself now. What does not is a fault of ours, and must not keep the process from ending.
void Server::Parts::wait_until_dry() {
  keep_running.reset();
  if (dry.get_future().wait_for(dry_wait_max) != std::future_status::ready) {
    std::fputs("orc: internal error: something still ran after the stop\n", stderr);
    std::_Exit(1);
  }
  io_thread.join();
}

Server::Server(Settings settings) : settings_(std::move(settings)) {}

Server::~Server() { stop(std::chrono::steady_clock::now()); }

Result<Endpoints> Server::start() {
  parts_ = std::make_unique<Parts>(settings_);
  Parts& parts = *parts_;
  if (auto opened = parts.open(); !opened) return pass_on(opened);
  if (auto taken = parts.take_over(); !taken) return pass_on(taken);
  if (auto compared = parts.compare_keys(); !compared) return pass_on(compared);
  auto endpoints = parts.frontend->start(parts.inherited);
  if (!endpoints) return endpoints;
  parts.start_duties();

  if (auto written = parts.write_files(*endpoints); !written) return pass_on(written);
  parts.log.info("ready", {{"api", endpoints->api.value_or("off")},
                           {"registry", endpoints->registry.value_or("off")},
                           {"worker", settings_.runs_worker},
                           {"data_dir", settings_.data_dir.native()},
                           {"version", ORC_VERSION}});
  if (settings_.port_use == PortUse::shared && !kernel_hands_connections_on())
    parts.log.warn(
        "a restart may reset connections that are just being made",
        {{"reason",
          "net.ipv4.tcp_migrate_req is 0: set it to 1, or let a supervisor hand the socket over (docs/operating.md, Rolling restart)"}});
  for (const std::string& notice : settings_.notices) parts.log.warn("a setting means nothing here", {{"reason", notice}});
  // Last, because it takes as long as everything before: jobs are taken in meanwhile.
  if (parts.worker) {
    // Where no plugin can run, jobs wait for a worker that can; /health/ready and the log say why.
    [[maybe_unused]] const auto prepared = parts.worker->prepare();
    if (auto started = parts.worker->start(); !started) return pass_on(started);
  }
  return endpoints;
}

StopResult Server::stop(SteadyTime deadline) {
  if (!parts_) return StopResult::clean;
  Parts& parts = *parts_;
  StopResult result = StopResult::clean;
  if (parts.io_thread.joinable()) {
    parts.log.info("stopping");
    if (auto removed = remove_server_files(settings_.data_dir); !removed)
      parts.log.warn("a file was left", {{"reason", removed.error().message}});
    parts.frontend->request_stop();
    boost::asio::post(parts.io, [&parts] {
      parts.use_cases->await_job.request_stop();
      parts.frontend->end_waits();
    });
    if (parts.worker) parts.worker->stop(deadline);
    // Who waits for a job is answered once its deadline or ours has come.
    if (!parts.frontend->wait(deadline)) result = StopResult::cut;
    boost::asio::post(parts.io, [&parts] { parts.duties.request_stop(); });
    run_blocking(parts.io, parts.callbacks->stop());
    parts.signals->stop();
    parts.stores->database().stop();
    parts.wait_until_dry();
    parts.log.info("stopped");
  }
  parts_.reset();
  return result;
}

}  // namespace orc
