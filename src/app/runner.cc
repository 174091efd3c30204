#include "app/runner.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <iostream>
#include <optional>
#include <sys/prctl.h>
#include <thread>

#include "adapters/cli/exit_code.h"
#include "adapters/crypto/sha256_digest.h"
#include "adapters/http/http_origin.h"
#include "adapters/remote_cluster/http_blobs.h"
#include "adapters/remote_cluster/http_work_source.h"
#include "adapters/system/asio_wake_ups.h"
#include "adapters/system/calm_event_log.h"
#include "adapters/system/data_directory_lock.h"
#include "adapters/system/json_event_log.h"
#include "adapters/system/system_clock.h"
#include "app/duty_loop.h"
#include "app/program_path.h"
#include "app/stop_signals.h"
#include "app/worker.h"

namespace orc {
namespace {

constexpr int standard_error = 2;
constexpr std::chrono::seconds dry_wait_max{5};
constexpr std::chrono::seconds try_again_after{2};

// Says why it does not start; gives the exit code.
int leave(const Error& error) {
  const Failure failure = failure_of(error);
  std::cerr << "orc runner: " << failure.message << '\n';
  return static_cast<int>(failure.code);
}

}  // namespace

// Construction order is dependency order; destruction is the reverse.
struct Runner::Parts {
  explicit Parts(const RunnerSettings& s) : settings(s), lines(standard_error, s.log_level, clock) {}

  Result<void> open();
  void run_dry();

  const RunnerSettings& settings;
  SystemClock clock;
  Sha256Digest digest;
  JsonEventLog lines;
  CalmEventLog log{lines, clock};
  std::optional<DataDirectoryLock> lock;
  boost::asio::io_context io{1};
  AsioWakeUps wake_ups{io.get_executor()};
  DutyLoop duties{io, log};
  std::optional<HttpBlobs> blobs;
  std::unique_ptr<HttpWorkSource> source;
  std::optional<LocalWorker> worker;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> keep_running;
  std::promise<void> dry;  // nothing is left to do for io_thread
  std::jthread io_thread;
};

Result<void> Runner::Parts::open() {
  if (auto launcher = find_launcher(); !launcher) return pass_on(launcher);
  const auto origin = parse_http_or_https_origin(settings.api);
  if (!origin) return fail(ErrorCode::invalid_argument, "--api (ORC_URL): " + origin.error().message);
  if (origin->scheme == HttpScheme::http && !origin->is_loopback())
    log.warn("the key and the jobs go over the network unprotected", {{"api", settings.api}, {"advice", "give --api an https:// URL"}});
  auto trust = TlsTrust::for_server(settings.api, settings.ca_file, "--ca-file (ORC_CA_FILE)");
  if (!trust) return pass_on(trust);
  const RemoteServer server{.url = settings.api, .token = settings.token, .trust = std::move(*trust)};
  auto fetches = RemoteClient::create(server);
  auto uploads = RemoteClient::create(server);
  for (const auto* const client : {&fetches, &uploads})
    if (!*client) return fail(ErrorCode::invalid_argument, "--api (ORC_URL): " + client->error().message);
  blobs.emplace(std::move(*fetches), std::move(*uploads), digest);
  auto made = HttpWorkSource::create(io.get_executor(), server, {.blobs = *blobs, .wake_ups = wake_ups, .clock = clock});
  if (!made) return pass_on(made);
  source = std::move(*made);
  auto taken = DataDirectoryLock::take(settings.data_dir, clock.now());
  if (!taken) return pass_on(taken);
  lock = std::move(*taken);
  const WorkerOptions options{.name = settings.name,
                              .slots = settings.workers,
                              .equipment = settings.equipment,
                              .data_dir = settings.data_dir,
                              .isolation = settings.isolation,
                              .sandbox_uids = settings.sandbox_uids,
                              .docker_socket = settings.docker_socket};
  const WorkerPorts ports{.source = *source, .blobs = *blobs, .wake_ups = wake_ups, .clock = clock, .log = log};
  worker.emplace(io, ports, duties, options);
  if (auto prepared = worker->prepare(); !prepared) return prepared;
  keep_running.emplace(io.get_executor());
  io_thread = std::jthread([this] {
    io.run();
    dry.set_value();
  });
  return {};
}

// Everything that runs ends by itself now, unless the server does not answer.
void Runner::Parts::run_dry() {
  if (!io_thread.joinable()) return;
  boost::asio::post(io, [this] { duties.request_stop(); });
  keep_running.reset();
  if (dry.get_future().wait_for(dry_wait_max) != std::future_status::ready) {
    std::fputs("orc runner: the server does not answer; what was not handed in runs elsewhere after its lease\n", stderr);
    std::_Exit(static_cast<int>(ExitCode::negative));
  }
  io_thread.join();
}

Runner::Runner(RunnerSettings settings) : settings_(std::move(settings)) {}

Runner::~Runner() { stop(std::chrono::steady_clock::now()); }

Result<void> Runner::open() {
  parts_ = std::make_unique<Parts>(settings_);
  return parts_->open();
}

Result<void> Runner::start() {
  if (auto started = parts_->worker->start(); !started) return started;
  parts_->log.info("ready", {{"api", settings_.api},
                             {"worker_id", std::to_underlying(parts_->worker->registration().id())},
                             {"slots", std::int64_t{settings_.workers}},
                             {"data_dir", settings_.data_dir.native()},
                             {"version", ORC_VERSION}});
  return {};
}

void Runner::say_unreachable(const Error& reason) {
  parts_->log.warn("the server cannot be reached; trying again", {{"reason", reason.message}});
}

void Runner::stop(SteadyTime deadline) {
  if (!parts_) return;
  parts_->log.info("stopping");
  if (parts_->worker) parts_->worker->stop(deadline);
  parts_->run_dry();
  parts_->log.info("stopped");
  parts_.reset();
}

int run_runner(const RawRunnerSettings& raw) {
  const auto settings = validate(raw);
  if (!settings) return leave(settings.error());
  // No core file: it would hold the key and what jobs are about.
  if (prctl(PR_SET_DUMPABLE, 0) != 0) std::cerr << "orc runner: core files could not be switched off\n";

  const StopSignals signals;
  Runner runner(*settings);
  if (const auto opened = runner.open(); !opened) return leave(opened.error());
  for (;;) {
    const auto started = runner.start();
    if (started) break;
    const ErrorCode code = started.error().code;
    if (code != ErrorCode::unavailable && code != ErrorCode::resource_exhausted) return leave(started.error());
    runner.say_unreachable(started.error());
    if (signals.wait_for(try_again_after)) return 0;
  }
  signals.wait();
  // Cut short, no job is lost: what was not handed in runs elsewhere after its lease.
  return signals.drain([&] {
    runner.stop(std::chrono::steady_clock::now() + settings->stop_grace);
    return 0;
  });
}

}  // namespace orc
