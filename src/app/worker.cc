#include "app/worker.h"

#include <algorithm>
#include <array>
#include <thread>
#include <unistd.h>

#include "adapters/image/image_store.h"
#include "adapters/package/package_unpacker.h"
#include "adapters/system/data_directory_instance.h"
#include "adapters/system/host_capacity.h"
#include "adapters/system/system_random.h"
#include "app/blocking.h"
#include "app/program_path.h"

namespace orc {
namespace {

// So that several plugins find a place even on a small host; one of them leaves one to others (adapters/warm_pool/warm_schedule.h).
constexpr int warm_processes_min = 4;

Result<RunImage> use_image(const std::filesystem::path& folder, const std::string& reference) {
  auto found = ImageStore(folder).use(reference);
  if (!found) return pass_on(found);
  const auto lease = std::make_shared<ImageLease>(std::move(*found));
  return RunImage{.root = lease->root,
                  .digest = lease->image.digest,
                  .program = lease->image.config.program(),
                  .environment = lease->image.config.environment,
                  .working_folder = lease->image.config.working_folder,
                  .in_use = lease};
}

SandboxSettings sandbox_settings(const WorkerOptions& options, const Equipment& equipment) {
  SandboxSettings sandbox{.slots = options.slots,
                          .warm_processes = std::max(warm_processes_min, options.slots),
                          .memory_mb = equipment.memory_mb,
                          .data_dir = options.data_dir,
                          .strongest = options.isolation.most,
                          .least = options.isolation.least,
                          .network = equipment.network};
  sandbox.use_image = [folder = options.data_dir / "images"](const std::string& reference) { return use_image(folder, reference); };
  if (options.sandbox_uids) sandbox.uids = {.first = options.sandbox_uids->first, .count = options.sandbox_uids->count};
  if (auto launcher = find_launcher()) sandbox.launcher = *launcher;
  return sandbox;
}

std::string host_and_process() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host = {'h', 'o', 's', 't'};
  return std::string(host.data()) + ":" + std::to_string(getpid());
}

// What the sandbox of this host can run, and how much of it.
Equipment completed(Equipment equipment) {
  equipment.warm_requests = worker_warm_requests;
  const HostCapacity host = host_capacity({}, std::thread::hardware_concurrency());
  equipment.runtimes = {Runtime::folder};
  equipment.cpus = host.cpus;
  if (!equipment.memory_mb && host.memory_mb > 0) equipment.memory_mb = memory_for_runs(host.memory_mb);
  equipment.host = host.host;
  equipment.host_memory_mb = host.host_memory_mb;
  return equipment;
}

Result<void> unpack_package(std::string_view archive, const std::filesystem::path& into) { return unpack(archive, into); }

}  // namespace

LocalWorker::LocalWorker(boost::asio::io_context& io, WorkerPorts ports, DutyLoop& duties, const WorkerOptions& options)
    : io_(io),
      ports_(ports),
      duties_(duties),
      name_(options.name.empty() ? host_and_process() : options.name),
      slots_(options.slots),
      instance_(options.instance),
      equipment_(completed(options.equipment)),
      data_dir_(options.data_dir),
      docker_socket_(options.docker_socket),
      isolation_least_(options.isolation.least),
      cluster_(io.get_executor(), sandbox_settings(options, equipment_), ports.blobs, unpack_package, ports.log, ports.clock),
      router_(cluster_),
      run_job_({.source = ports.source, .blobs = ports.blobs, .cluster = router_, .wake_ups = ports.wake_ups, .clock = ports.clock}),
      work_loop_(io.get_executor(),
                 {.source = ports.source, .cluster = router_, .wake_ups = ports.wake_ups, .clock = ports.clock, .log = ports.log}, run_job_,
                 slots_ + static_cast<int>(worker_warm_requests)),
      registration_(ports.source),
      beat_(registration_, [this] { return work_loop_.held(); }) {}

LocalWorker::~LocalWorker() = default;

Result<void> LocalWorker::prepare() {
  cluster_.start();
  const SandboxFacts& facts = cluster_.facts();
  if (!facts.strongest && !docker_socket_.empty()) {
    ports_.log.warn("only plugins that are images can run here, in Docker",
                    {{"reason", "there is no sandbox for folders: " + facts.problem}});
    return {};
  }
  cluster_.say_what_is_given();
  if (!facts.strongest) return fail(ErrorCode::unavailable, facts.problem);
  return {};
}

Result<void> LocalWorker::reach_docker() {
  if (docker_socket_.empty() || docker_) return {};
  SystemRandom random;
  auto owner = load_instance(data_dir_, random);
  if (!owner) return pass_on(owner);
  docker_.emplace(io_.get_executor(),
                  DockerSettings{.socket = docker_socket_,
                                 .isolation_least = isolation_least_,
                                 .network = equipment_.network,
                                 .owner = std::move(*owner),
                                 .launcher = find_launcher().value_or("")},
                  ports_.blobs, ports_.log, ports_.clock);
  const auto ready = run_blocking(io_, docker_->start());
  if (!ready) {
    docker_.reset();
    return fail(ErrorCode::invalid_argument, "--runtime docker: " + ready.error().message);
  }
  docker_isolation_ = *ready;
  router_.use_for_images(*docker_);
  return {};
}

// What is placed here must run here: what cannot is refused, which ends its job. Without a sandbox that is what Docker runs: images, each
// in a container of its own; beside one they get what Docker gives, but for those of mode warm, which a strict sandbox runs.
NewWorker LocalWorker::offer() const {
  const std::optional<Isolation> sandbox = cluster_.facts().strongest;
  Equipment equipment = equipment_;
  equipment.release = ORC_VERSION;
  if (docker_ || sandbox == Isolation::strict) equipment.runtimes.insert(Runtime::image);
  // Without its seccomp profile it gives nobody the host's network (docs/decisions/host_network.md).
  const ImageTerms in_docker{.isolation = docker_isolation_,
                             .network = docker_isolation_ == Isolation::strict ? equipment.network : NetworkAccess::none,
                             .warm = sandbox == Isolation::strict};
  if (!sandbox) {
    equipment.runtimes.erase(Runtime::folder);
    equipment.warm_requests = 0;
    equipment.network = in_docker.network;
  } else if (docker_ && in_docker != ImageTerms{.isolation = *sandbox, .network = equipment.network, .warm = true}) {
    equipment.images = in_docker;
  }
  return {.name = name_,
          .isolation = sandbox.value_or(docker_isolation_),
          .slots = slots_,
          .instance = instance_,
          .equipment = std::move(equipment)};
}

Result<void> LocalWorker::start() {
  if (auto ready = reach_docker(); !ready) return ready;
  // Where no plugin can run there is no worker, so that jobs wait for one that can; /health/ready and the log say why.
  if (!cluster_.facts().strongest && !docker_) {
    phase_ = Phase::running;
    return {};
  }
  if (auto signed_on = run_blocking(io_, registration_.sign_on(offer())); !signed_on) return signed_on;
  is_registered_ = true;
  phase_ = Phase::running;
  boost::asio::post(io_, [this] {
    duties_.start(beat_);
    work_loop_.start(registration_);
  });
  return {};
}

void LocalWorker::stop(SteadyTime deadline) {
  phase_ = Phase::stopping;
  if (!std::exchange(is_registered_, false)) return;
  auto drain = [this, deadline]() -> boost::asio::awaitable<void> {
    work_loop_.request_stop();
    co_await work_loop_.wait(deadline);
  };
  run_blocking(io_, drain());
  if (docker_) docker_->request_stop();
  cluster_.wait(ports_.clock.steady_now() + std::chrono::seconds{5});
  // A container that is not gone by then is removed at the next start.
  if (docker_ && !docker_->wait(ports_.clock.steady_now() + std::chrono::seconds{20})) ports_.log.warn("Docker does not end the last runs");
  if (auto removed = run_blocking(io_, registration_.sign_off()); !removed)
    ports_.log.warn("the worker could not be signed off; its jobs were given back", {{"reason", removed.error().message}});
}

Async<std::string> LocalWorker::check() {
  switch (phase_) {
    case Phase::starting:
      co_return "starting: looking what this host can give";
    case Phase::stopping:
      co_return fail(ErrorCode::unavailable, "stopping");
    case Phase::running:
      break;
  }
  const SandboxFacts& facts = cluster_.facts();
  if (!facts.strongest && !docker_) co_return fail(ErrorCode::unavailable, facts.problem);
  std::string state = facts.strongest ? "isolation " + std::string(to_word(*facts.strongest))
                                      : "images only, as there is no sandbox for folders: " + facts.problem;
  state += ", " + std::to_string(slots_) + " slots, " + std::to_string(work_loop_.held().size()) + " running";
  if (docker_) {
    const auto engine = co_await docker_->check();
    if (!engine) co_return fail(ErrorCode::unavailable, "images cannot run: " + engine.error().message);
    state += "; images: " + *engine;
  }
  co_return state;
}

}  // namespace orc
