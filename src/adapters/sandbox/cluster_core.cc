#include "adapters/sandbox/cluster_core.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>

#include "adapters/sandbox/on_executor.h"
#include "adapters/sandbox/plugin_environment.h"
#include "adapters/sandbox/run_folders.h"
#include "domain/passing_error.h"
#include "domain/placement/requirements.h"

namespace orc {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

PluginOutcome stopped_early(StopReason reason) {
  PluginOutcome outcome;
  outcome.how = reason == StopReason::cancelled ? AttemptOutcome::cancelled : AttemptOutcome::given_back;
  outcome.message = reason == StopReason::cancelled ? "cancelled before it ran" : "the worker stops";
  return outcome;
}

Result<void> write_file(const fs::path& file, const std::string& bytes) {
  std::ofstream out(file, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) return fail(ErrorCode::unavailable, "cannot write " + file.string());
  chmod(file.c_str(), 0644);
  return {};
}

}  // namespace

// Keeps the core alive, and whoever waits for its end waiting.
struct LocalCluster::Core::Kept {
  explicit Kept(std::shared_ptr<Core> kept) : core(std::move(kept)), counted(core->runs_) {}
  const std::shared_ptr<Core> core;
  const RunCount::Counted counted;
};

LocalCluster::Core::Core(asio::any_io_executor executor, const SandboxSettings& settings, BlobKeeper& blobs, Unpack unpack, EventLog& log,
                         Clock& clock)
    : settings_(settings),
      blobs_(blobs),
      log_(log),
      clock_(clock),
      strand_(asio::make_strand(executor)),
      packages_(strand_, unpacking_.get_executor(), {.folder = settings.data_dir / "packages", .bytes_max = settings.package_bytes_max},
                blobs, std::move(unpack)) {}

void LocalCluster::Core::end_threads() {
  unpacking_.join();
  files_.join();
}

void LocalCluster::Core::start() {
  ChosenSandbox chosen = choose_sandbox(settings_);
  host_ = std::move(chosen.host);
  facts_ = std::move(chosen.facts);
  for (RunSlot& slot : chosen.slots) slots_.add(std::move(slot));
  if (!host_) return;
  if (const auto added = add_warm_slots(); !added) {
    facts_.strongest.reset();
    facts_.problem = added.error().message;
  }
}

// Beside those of other runs, so that neither kind takes the other's.
Result<void> LocalCluster::Core::add_warm_slots() {
  std::vector<RunSlot> slots;
  for (int number = settings_.slots; number < settings_.slots + settings_.warm_processes; ++number) {
    auto slot = host_->make_slot(number);
    if (!slot) return pass_on(slot);
    slots.push_back(std::move(*slot));
  }
  WarmRuns::Parts parts{.executor = strand_,
                        .files = files_.get_executor(),
                        .host = *host_,
                        .clock = clock_,
                        .log = log_,
                        .blobs = blobs_,
                        .program_of = [this](const PluginSpec& spec) { return program_of(spec); },
                        .write_input_files = [this](const std::vector<ContentHash>& blobs,
                                                    const fs::path& folder) { return write_input_files(blobs, folder, nullptr); },
                        .clear = [this](const RunSlot& slot, const RunEnd& end) { return clear(slot, end); },
                        .memory_mb = settings_.memory_mb,
                        .keep_alive = [this] { return std::shared_ptr<void>(std::make_shared<Kept>(shared_from_this())); }};
  warm_ = std::make_unique<WarmRuns>(std::move(parts), std::move(slots));
  return {};
}

void LocalCluster::Core::say_what_is_given() const {
  if (!facts_.strongest) {
    log_.warn("plugins cannot run here", {{"reason", facts_.problem}});
    return;
  }
  if (*facts_.strongest != Isolation::strict)
    log_.warn("plugins are not isolated as strictly as they could be",
              {{"isolation", to_word(*facts_.strongest)}, {"reason", facts_.problem}});
  if (!facts_.cgroup_problem.empty() && *facts_.strongest == Isolation::strict)
    log_.warn("no writable cgroup: plugins that ask for more than rlimits can hold are refused", {{"reason", facts_.cgroup_problem}});
  if (!facts_.cpu_limited) log_.warn("limits.cpus is not held: there is no cpu cgroup", {});
  log_.info("sandbox ready", {{"isolation", to_word(*facts_.strongest)},
                              {"cgroups", facts_.cgroups},
                              {"own_uids", facts_.own_uids},
                              {"slots", std::int64_t{settings_.slots}}});
}

std::optional<std::string> LocalCluster::Core::reason_to_refuse(const PluginRun& run) const {
  const PluginSpec& spec = run.version.spec;
  if (!facts_.strongest) return facts_.problem;
  if (spec.isolation && *spec.isolation > host_->level())
    return "plugin " + run.version.name + " asks for isolation " + std::string(to_word(*spec.isolation)) + ", and this worker gives " +
           std::string(to_word(host_->level())) + (facts_.problem.empty() ? "" : ": " + facts_.problem);
  if (spec.docker_image_url && !settings_.use_image)
    return "plugin " + run.version.name + " is the image " + *spec.docker_image_url +
           ", and this worker keeps no images: it runs folders only";
  if (spec.docker_image_url && host_->level() != Isolation::strict)
    return "plugin " + run.version.name + " is the image " + *spec.docker_image_url +
           ", which needs isolation strict, and this worker gives " + std::string(to_word(host_->level()));
  if (spec.network > settings_.network) return no_such_network(run.version);
  if (const auto held = host_->can_hold(spec.limits); !held) return held.error().message;
  return {};
}

asio::awaitable<PluginOutcome> LocalCluster::Core::run(PluginRun run) { return run_counted(run_here(std::move(run))); }

asio::awaitable<PluginOutcome> LocalCluster::Core::run_elsewhere(PluginRun run, Cluster& elsewhere) {
  return run_counted(run_beside(std::move(run), elsewhere));
}

// On strand_, while whoever waits for the end of all waits for it.
asio::awaitable<PluginOutcome> LocalCluster::Core::run_counted(asio::awaitable<PluginOutcome> run) {
  const auto self = shared_from_this();
  const RunCount::Counted counted(runs_);
  try {
    co_return co_await asio::co_spawn(strand_, std::move(run), asio::use_awaitable);
  } catch (const std::exception& error) {
    co_return not_started(std::string("the run could not be started: ") + error.what(), {ErrorCode::unavailable, {}});
  }
}

asio::awaitable<PluginOutcome> LocalCluster::Core::run_here(PluginRun run) {
  if (stopping_) co_return stopped_early(StopReason::service_stops);
  if (auto reason = reason_to_refuse(run)) co_return refuse(std::move(*reason));
  if (run.version.spec.mode == PluginMode::warm) co_return co_await warm_->run(std::move(run));
  Ticket ticket(strand_);
  const auto name = std::pair(run.job, run.fence);
  if (!tickets_.emplace(name, &ticket).second) co_return refuse("this run is here already");
  const std::unique_ptr<void, std::function<void(void*)>> taken_out(&ticket, [this, name](void*) { tickets_.erase(name); });

  const SlotPool::Lease lease = co_await slots_.take(ticket.waiter);
  if (ticket.stopped) co_return stopped_early(*ticket.stopped);
  const WarmRuns::Room room(*warm_, declared_memory_mb(run.version.spec));
  co_await until_room(ticket);
  if (ticket.stopped) co_return stopped_early(*ticket.stopped);
  co_return co_await run_in_slot(std::move(run), ticket, lease.slot());
}

asio::awaitable<PluginOutcome> LocalCluster::Core::run_beside(PluginRun run, Cluster& elsewhere) {
  if (stopping_) co_return stopped_early(StopReason::service_stops);
  Ticket ticket(strand_);
  const auto name = std::pair(run.job, run.fence);
  if (!tickets_.emplace(name, &ticket).second) co_return refuse("this run is here already");
  const std::unique_ptr<void, std::function<void(void*)>> taken_out(&ticket, [this, name](void*) { tickets_.erase(name); });

  std::optional<WarmRuns::Room> room;
  if (warm_) {
    room.emplace(*warm_, declared_memory_mb(run.version.spec));
    co_await until_room(ticket);
  }
  if (ticket.stopped) co_return stopped_early(*ticket.stopped);
  ticket.elsewhere = &elsewhere;
  co_return co_await elsewhere.run(std::move(run));
}

// Or until the run is stopped.
asio::awaitable<void> LocalCluster::Core::until_room(Ticket& ticket) {
  using namespace asio::experimental::awaitable_operators;
  if (ticket.stopped) co_return;
  co_await (warm_->until_room() || ticket.stop.async_wait(asio::as_tuple(asio::use_awaitable)));
}

asio::awaitable<PluginOutcome> LocalCluster::Core::run_in_slot(PluginRun run, Ticket& ticket, RunSlot& slot) {
  const auto program = co_await program_of(run.version.spec);
  if (ticket.stopped) co_return stopped_early(*ticket.stopped);
  if (!program) co_return not_started("the program of " + run.version.name + " cannot be had: " + program.error().message, program.error());
  auto order = co_await make_order(run, ticket, slot, *program);
  PluginOutcome outcome;
  if (ticket.stopped) {
    outcome = stopped_early(*ticket.stopped);
  } else if (!order) {
    outcome = not_started(order.error().message, order.error());
  } else {
    outcome = co_await run_launched(run, ticket, slot, *order);
  }
  if (program->image) outcome.image = program->image->digest;
  // If some of it stays, the next run that needs the folder tries once more, and does not start with it.
  const auto removed = co_await call_on(files_.get_executor(), [folder = slot.folder] { return remove_run_folder(folder); });
  if (!removed) log_.warn("files of a run stay", {{"reason", removed.error().message}});
  co_return outcome;
}

Async<RunProgram> LocalCluster::Core::program_of(const PluginSpec& spec) {
  if (spec.docker_image_url) {
    auto image = co_await call_on(files_.get_executor(), [this, &spec] { return settings_.use_image(*spec.docker_image_url); });
    if (!image) co_return pass_on(image);
    co_return RunProgram{.package = {}, .image = std::move(*image)};
  }
  auto package = co_await folder_of(spec);
  if (!package) co_return pass_on(package);
  co_return RunProgram{.package = std::move(*package), .image = {}};
}

// A command without a package runs in an empty folder.
Async<PackageLease> LocalCluster::Core::folder_of(const PluginSpec& spec) {
  if (spec.package) co_return co_await packages_.get(*spec.package);
  co_return std::make_shared<const UnpackedPackage>(UnpackedPackage{.folder = host_->empty_folder(), .bytes = 0});
}

asio::awaitable<PluginOutcome> LocalCluster::Core::run_launched(const PluginRun& run, Ticket& ticket, RunSlot& slot,
                                                                const RunOrder& order) {
  auto launched = co_await call_on(files_.get_executor(), [this, &slot, &order] { return launch_run(*host_, slot, order); });
  if (!launched) co_return not_started(launched.error().message, launched.error());
  const PluginLimits& limits = run.version.spec.limits;
  ticket.live = std::make_shared<LiveRun>(
      strand_, std::move(*launched),
      RunBounds{.output_bytes_max = static_cast<std::size_t>(limits.output_kb) * 1024, .timeout = run.timeout, .grace = limits.grace},
      clock_, &blobs_, run.observer, nullptr);
  if (ticket.stopped) ticket.live->stop(*ticket.stopped, 0ms);
  RunEnd end = co_await LiveRun::finish(ticket.live);
  ticket.live.reset();
  const CgroupReport report = co_await clear(slot, end);
  PluginOutcome outcome = judge(std::move(end), report, run, host_->level(), clock_.now());
  outcome.usage.bytes_in = std::ssize(order.input) + order.input_file_bytes;
  co_return outcome;
}

Async<RunOrder> LocalCluster::Core::make_order(const PluginRun& run, const Ticket& ticket, const RunSlot& slot, const RunProgram& program) {
  const RunPlaces places = program.in(host_->places(slot, program.folder()));
  auto input = co_await call_on(files_.get_executor(), [&run, &places] { return read_plugin_input(run.input, places.input); });
  if (!input) co_return pass_on(input);
  std::int64_t file_bytes = 0;
  if (!input->blobs.empty()) {
    const auto written = co_await write_input_files(input->blobs, input_folder_of(slot), &ticket);
    if (!written) co_return std::unexpected(written.error());
    file_bytes = *written;
  }
  co_return RunOrder{.command = program.command(run.version.spec),
                     .input = std::move(input->text),
                     .environment = plugin_environment(run, places, program.environment(), clock_.now()),
                     .limits = run.version.spec.limits,
                     .package = program.folder(),
                     .image_root = program.root(),
                     .places = places,
                     .input_file_bytes = file_bytes,
                     .has_input_files = !input->blobs.empty(),
                     .network = run.version.spec.network};
}

// How large they are together. A ticket that is stopped gets no further file, and an error.
Async<std::int64_t> LocalCluster::Core::write_input_files(const std::vector<ContentHash>& blobs, const fs::path& folder,
                                                          const Ticket* ticket) {
  std::uint64_t total = 0;
  // Whatever an earlier run left is somebody else's.
  const auto emptied = co_await call_on(files_.get_executor(), [&folder] { return make_input_folder(folder); });
  if (!emptied) co_return std::unexpected(emptied.error());
  for (const ContentHash& hash : blobs) {
    if (ticket != nullptr && ticket->stopped) co_return fail(ErrorCode::unavailable, stopped_early(*ticket->stopped).message);
    auto bytes = co_await blobs_.get(hash);
    if (!bytes) co_return pass_on(bytes);
    total += bytes->size();
    if (total > settings_.input_blob_bytes_max)
      co_return fail(ErrorCode::invalid_argument,
                     "the files of the input are larger than " + std::to_string(settings_.input_blob_bytes_max) + " bytes together");
    auto written = co_await call_on(files_.get_executor(), [&folder, &hash, &bytes] { return write_file(folder / to_hex(hash), *bytes); });
    if (!written) co_return pass_on(written);
  }
  co_return static_cast<std::int64_t>(total);
}

// Normally nothing is left, as orc-launch ends last. If it was killed itself, its cgroup tells whom it left behind, or its uid.
asio::awaitable<CgroupReport> LocalCluster::Core::clear(const RunSlot& slot, const RunEnd& end) {
  if (!slot.cgroup) {
    const bool was_killed = WIFSIGNALED(end.wait_status) && WTERMSIG(end.wait_status) == SIGKILL;
    if (was_killed && host_->level() != Isolation::strict) co_await sweep(slot);
    co_return CgroupReport{};
  }
  asio::steady_timer timer(strand_);
  for (int tries = 0; !co_await call_on(files_.get_executor(), [&slot] { return slot.cgroup->kill_all(); }); ++tries) {
    if (tries == 100) log_.warn("a killed run does not end", {{"slot", std::int64_t{slot.number}}});
    timer.expires_after(10ms);
    [[maybe_unused]] const auto [woken] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return co_await call_on(files_.get_executor(), [&slot] {
    return CgroupReport{.ran_out_of_memory = slot.cgroup->ran_out_of_memory(),
                        .peak_bytes = slot.cgroup->peak_bytes(),
                        .cpu_time = slot.cgroup->cpu_time()};
  });
}

// Somebody else has killed orc-launch: the kernel, for want of memory, or an administrator.
asio::awaitable<void> LocalCluster::Core::sweep(const RunSlot& slot) {
  if (!slot.own_id) {
    log_.warn("a run's orc-launch was killed: whatever the run has left goes on, as it has no uid of its own", {});
    co_return;
  }
  const auto swept = co_await call_on(files_.get_executor(), [this, &slot] { return end_processes_of(*host_, *slot.own_id); });
  if (!swept) log_.warn("a run's orc-launch was killed, and what the run has left goes on", {{"reason", swept.error().message}});
}

void LocalCluster::Core::stop(Ticket& ticket, StopReason reason, std::chrono::milliseconds grace) {
  if (ticket.live) return ticket.live->stop(reason, grace);
  if (!ticket.stopped) ticket.stopped = reason;
  ticket.waiter.give_up();
  ticket.stop.cancel();
}

void LocalCluster::Core::cancel(JobId job, Fence fence) {
  asio::post(strand_, [self = shared_from_this(), job, fence] {
    const auto found = self->tickets_.find({job, fence});
    if (found == self->tickets_.end()) {
      if (self->warm_) self->warm_->cancel(job, fence);
    } else if (Cluster* const elsewhere = found->second->elsewhere) {
      elsewhere->cancel(job, fence);
    } else {
      stop(*found->second, StopReason::cancelled, cancel_grace_max);
    }
  });
}

void LocalCluster::Core::request_stop() {
  asio::post(strand_, [self = shared_from_this()] {
    self->stopping_ = true;
    for (const auto& [name, ticket] : self->tickets_) stop(*ticket, StopReason::service_stops, 0ms);
    if (self->warm_) self->warm_->request_stop();
  });
}

bool LocalCluster::Core::wait(SteadyTime deadline) {
  request_stop();
  return runs_.wait(deadline);
}

}  // namespace orc
