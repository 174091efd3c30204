#include "app/server_parts.h"

#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "adapters/crypto/secret_key.h"
#include "adapters/system/data_directory_instance.h"
#include "app/blocking.h"
#include "app/program_path.h"
#include "app/warm_meters.h"

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

}  // namespace

Server::Parts::Parts(const Settings& s) : settings(s), lines(standard_error, s.log_level, clock) {}

Result<void> Server::Parts::open(const std::function<bool()>& is_stopped) {
  auto sockets = InheritedSockets::from_environment();
  if (!sockets) return pass_on(sockets);
  inherited = std::move(*sockets);
  if (settings.runs_worker)
    if (auto launcher = find_launcher(); !launcher) return pass_on(launcher);
  auto opened = Stores::open(settings, metrics, files, clock, digest, log, is_stopped);
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
    registry.emplace(
        RegistryLink::Address{.url = settings.registry_url, .trust = settings.registry_trust, .token = settings.registry_token}, *stores,
        *tokens, clock, log);
  build_use_cases(*secret_key);
  if (settings.runs_worker) build_worker();
  if (auto built = build_deliberations(); !built) return built;
  build_frontend();
  return {};
}

PluginReader& Server::Parts::plugin_reader() { return registry ? registry->plugins() : stores->plugin_reader(); }

void Server::Parts::build_use_cases(const std::string& secret_key) {
  Database& database = stores->database();
  key_mark = to_hex(digest.sha256("mark of a key:" + secret_key)).substr(0, key_mark_length);
  operator_key = std::string(api_key_prefix) + random.token(operator_key_bytes);
  use_cases.emplace(use_case_ports(), settings.registration, settings.token_lifetime, settings.callback_origins,
                    digest.sha256(operator_key), service_number(digest, secret_key));
  rescue.emplace(RescueLostWorkers::Ports{.workers = database.workers(),
                                          .jobs = stores->jobs(),
                                          .writes = database.readiness(),
                                          .signals = signals->jobs(),
                                          .clock = clock,
                                          .log = log});
  watch_hosts.emplace(database.workers(), rescue->beats(), clock, log);
  prune.emplace(database.retention(), clock, settings.retention);
  prune_deliberations.emplace(stores->deliberations(), clock, settings.deliberations_kept);
  sweep.emplace(stores->blobs(), database.blobs(), clock);
  end_overdue.emplace(stores->jobs(), signals->jobs(), log);
  callbacks.emplace(io, CallbackPorts{.store = stores->callbacks(), .wake_ups = wake_ups, .random = random, .clock = clock, .log = log},
                    settings.callback_origins, secret_key);
}

void Server::Parts::build_worker() {
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
  rescue->spare(worker->registration());
}

Result<void> Server::Parts::build_deliberations() {
  auto made = Deliberations::create(io,
                                    {.store = stores->deliberations(),
                                     .audit = stores->database().audit(),
                                     .jobs = *use_cases,
                                     .plugins = plugin_reader(),
                                     .digest = digest,
                                     .wake_ups = wake_ups,
                                     .random = random,
                                     .clock = clock,
                                     .log = log,
                                     .meters = metrics.deliberations()},
                                    settings.deliberations);
  if (!made) return pass_on(made);
  deliberations = std::move(*made);
  // Who may run deliberations publishes what happens in them. Of several processes on one database each does, under the same names.
  if (settings.deliberations.runs && !settings.nats_servers.empty())
    events.emplace(EventPorts{.outbox = stores->database().events(),
                              .deliberations = stores->deliberations(),
                              .digest = digest,
                              .clock = clock,
                              .random = random,
                              .log = log},
                   NatsEventPublisher::Settings{.servers = settings.nats_servers, .stream_bytes_max = settings.events_stream_bytes});
  deliberations->use_cases().get_stats.depend_on(stores->database().readiness());
  auto front = GrpcFront::create(io, deliberations->use_cases(), log, metrics, settings.deliberations);
  if (!front) return pass_on(front);
  grpc = std::move(*front);
  return {};
}

void Server::Parts::build_frontend() {
  Database& database = stores->database();
  std::vector<ReadinessProbe*> probes = {&database.readiness(), &*signals};
  if (registry) probes.push_back(&registry->probe());
  if (worker) probes.push_back(&*worker);
  if (events) probes.push_back(&*events);
  const FrontendPorts ports{.users = stores->users(),
                            .api_keys = stores->api_keys(),
                            .jobs = database.job_reader(),
                            .callbacks = stores->callbacks(),
                            .deliberations = stores->deliberations(),
                            .events = database.events(),
                            .event_signals = stores->event_signals(),
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
                            .published_events = events ? &database.events() : nullptr,
                            .read_meters =
                                [this](Metrics& meters) {
                                  deliberations->tell_meters(meters.deliberations());
                                  if (worker) meters.warm_processes_are(warm_reading(worker->warm_figures()));
                                  if (events) meters.events_are(events->reading());
                                },
                            .probes = std::move(probes),
                            .callback_secrets = callbacks->secrets(),
                            .registry = registry ? registry->questions() : RegistryElsewhere{}};
  frontend.emplace(io, *use_cases, deliberations->use_cases(), ports, settings);
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

Result<Endpoints> Server::Parts::listen() {
  auto grpc_address = grpc->start(inherited, settings.port_use);
  if (!grpc_address) return pass_on(grpc_address);
  auto endpoints = frontend->start(inherited);
  if (!endpoints) return endpoints;
  if (const auto left = inherited.left(); !left.empty())
    return fail(ErrorCode::invalid_argument, "LISTEN_FDS hands over a socket that listens on " + left.front() +
                                                 ", where no listener of this process is: let --listen, --registry-listen or "
                                                 "--grpc-listen name it");
  endpoints->grpc = std::move(*grpc_address);
  return endpoints;
}

void Server::Parts::start_duties(const Endpoints& endpoints) {
  std::vector<std::string> own_ports;
  for (const auto& address : {endpoints.api, endpoints.registry, endpoints.grpc})
    if (address) own_ports.push_back(address->substr(address->rfind(':') + 1));
  boost::asio::post(io, [this, own_ports = std::move(own_ports)] {
    deliberations->start(own_ports);
    for (Duty* duty : std::initializer_list<Duty*>{&*rescue, &*watch_hosts, &use_cases->end_orphans, &*end_overdue, &*prune,
                                                   &*prune_deliberations, &*sweep, &callbacks->duty()})
      duties.start(*duty);
    if (settings.deliberations.runs) duties.start(deliberations->orphans_duty());
    if (events) duties.start(events->duty());
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

}  // namespace orc
