#include "adapters/docker/docker_core.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/json/json_document.h"
#include "adapters/sandbox/run_verdict.h"

namespace orc {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// For each of two answers about the engine itself; a readiness probe has a second in all.
constexpr std::chrono::milliseconds start_patience = 10s;
constexpr std::chrono::milliseconds probe_patience = 400ms;

constexpr int listed_at_once = 100;
constexpr std::chrono::milliseconds removal_pause = 50ms;
constexpr int removal_pauses_max = 200;
constexpr std::size_t owed_max = 1000;

PluginOutcome without_a_run(AttemptOutcome how, std::string reason) {
  PluginOutcome outcome;
  outcome.how = how;
  outcome.message = std::move(reason);
  return outcome;
}

PluginOutcome given_back() { return without_a_run(AttemptOutcome::given_back, "the worker stops"); }

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

Result<std::vector<std::string>> ids_of(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  if (!document || !document->root().is_array()) return fail(ErrorCode::unavailable, "Docker lists containers in what is no list");
  std::vector<std::string> ids;
  for (const JsonValue container : document->root().elements()) {
    const auto id = container.find("Id");
    const auto text = id ? id->as_string() : std::nullopt;
    if (!text || text->empty() || text->find_first_not_of("0123456789abcdef") != std::string::npos)
      return fail(ErrorCode::unavailable, "Docker lists a container without its id");
    ids.push_back(*text);
  }
  return ids;
}

}  // namespace

struct DockerCluster::Core::Examination {
  explicit Examination(const asio::any_io_executor& executor) : end(executor, asio::steady_timer::time_point::max()) {}

  asio::steady_timer end;  // cancelled then
  Result<Examined> engine = fail(ErrorCode::unavailable, "Docker was not examined to the end");
};

DockerCluster::Core::Core(asio::any_io_executor executor, DockerSettings settings, BlobKeeper& blobs, EventLog& log, Clock& clock)
    : settings_(std::move(settings)),
      blobs_(blobs),
      log_(log),
      clock_(clock),
      strand_(asio::make_strand(executor)),
      engine_(strand_, settings_.socket) {}

Async<Isolation> DockerCluster::Core::start() {
  const auto self = shared_from_this();
  co_return co_await asio::co_spawn(strand_, start_here(), asio::use_awaitable);
}

Async<std::string> DockerCluster::Core::check() {
  const auto self = shared_from_this();
  co_return co_await asio::co_spawn(strand_, examine_anew(), asio::use_awaitable);
}

Async<Isolation> DockerCluster::Core::start_here() {
  const auto engine = co_await known();
  if (!engine) co_return std::unexpected(engine.error());
  const EngineFacts& facts = engine->facts;
  if (!facts.problem.empty()) co_return fail(ErrorCode::unavailable, facts.problem);
  if (settings_.isolation_least > facts.isolation)
    co_return fail(ErrorCode::invalid_argument,
                   "this Docker Engine has no seccomp profile, so it gives isolation " + std::string(to_word(facts.isolation)) +
                       " only: turn its profile on, or say --isolation " + std::string(to_word(facts.isolation)));
  if (!facts.not_held.empty()) log_.warn("Docker does not hold every limit", {{"reason", facts.not_held}});
  if (auto removed = co_await remove_left_behind(); !removed) co_return pass_on(removed);
  if (!settings_.launcher.empty() && !guard_) {
    auto guard = ContainerGuard::start(settings_.launcher, settings_.socket);
    if (!guard) co_return pass_on(guard);
    guard_ = std::move(*guard);
  }
  log_.info("Docker ready", {{"socket", settings_.socket},
                             {"version", facts.version},
                             {"api_version", facts.api_version},
                             {"isolation", to_word(facts.isolation)}});
  co_return facts.isolation;
}

// It does not if we run in a container ourselves and were given its socket: its files are not ours.
Async<bool> DockerCluster::Core::is_launcher_seen() {
  if (settings_.launcher.empty()) co_return false;
  const auto asked = co_await engine_.ask(
      {.method = "POST", .target = "/containers/create", .body = order_that_asks_for(std::filesystem::absolute(settings_.launcher))});
  if (!asked && asked.error().code != ErrorCode::not_found && asked.error().code != ErrorCode::invalid_argument)
    co_return std::unexpected(asked.error());
  if (!asked && asked.error().code == ErrorCode::not_found) co_return true;
  log_.warn("files that runs in Docker leave are not kept, and their progress is not heard",
            {{"reason", asked ? "Docker makes a container of no image" : asked.error().message}});
  co_return false;
}

Async<DockerCluster::Core::Examined> DockerCluster::Core::examine() {
  auto facts = co_await examine_engine(engine_, start_patience);
  if (!facts) co_return pass_on(facts);
  const auto seen = co_await is_launcher_seen();
  if (!seen) co_return std::unexpected(seen.error());
  co_return Examined{.facts = std::move(*facts), .launcher_is_seen = *seen};
}

// Examined as a whole before anybody uses it, and once for all who ask meanwhile.
Async<DockerCluster::Core::Examined> DockerCluster::Core::known() {
  if (known_) co_return *known_;
  if (const auto going_on = examination_) {
    [[maybe_unused]] const auto [woken] = co_await going_on->end.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return going_on->engine;
  }
  const auto mine = std::make_shared<Examination>(strand_);
  examination_ = mine;
  // Whatever is thrown: nobody goes on to wait.
  const std::unique_ptr<void, std::function<void(void*)>> over(this, [this, mine](void*) {
    examination_.reset();
    mine->end.cancel();
  });
  mine->engine = co_await examine();
  if (mine->engine) known_ = *mine->engine;
  co_return mine->engine;
}

// What a probe learns. Whether it sees our file is asked before the next run, if this is not known.
Async<std::string> DockerCluster::Core::examine_anew() {
  auto facts = co_await examine_engine(engine_, probe_patience);
  if (!facts) {
    known_.reset();
    co_return pass_on(facts);
  }
  if (!facts->problem.empty()) co_return fail(ErrorCode::unavailable, facts->problem);
  std::string words = "Docker " + facts->version + ", " + std::to_string(runs_.size()) + " running";
  if (known_) known_->facts = std::move(*facts);
  co_return words;
}

asio::awaitable<PluginOutcome> DockerCluster::Core::run(PluginRun run) {
  const auto self = shared_from_this();
  const RunCount::Counted counted(running_);
  try {
    co_return co_await asio::co_spawn(strand_, run_here(std::move(run)), asio::use_awaitable);
  } catch (const std::exception& error) {
    co_return without_a_run(AttemptOutcome::not_started, std::string("the run could not be started: ") + error.what());
  }
}

asio::awaitable<PluginOutcome> DockerCluster::Core::run_here(PluginRun run) {
  if (stopping_) co_return given_back();
  if (!run.version.spec.docker_image_url) co_return refuse("plugin " + run.version.name + " is no image");
  if (run.version.spec.mode != PluginMode::once)
    co_return refuse("plugin " + run.version.name + " is an image and of mode warm: in Docker images run in mode once only");
  if (run.version.spec.network > settings_.network) co_return refuse(no_such_network(run.version));
  const auto key = std::pair(run.job, run.fence);
  if (runs_.contains(key) || !coming_.emplace(key, false).second) co_return refuse("this run is here already");
  const std::unique_ptr<void, std::function<void(void*)>> come(this, [this, key](void*) { coming_.erase(key); });
  auto engine = co_await known();
  if (!engine) co_return without_a_run(AttemptOutcome::not_started, engine.error().message);
  const EngineFacts& facts = engine->facts;
  if (!facts.problem.empty()) co_return refuse(facts.problem);
  const Isolation least = std::max(run.version.spec.isolation.value_or(Isolation::none), settings_.isolation_least);
  if (least > facts.isolation)
    co_return refuse("plugin " + run.version.name + " needs isolation " + std::string(to_word(least)) + ", and Docker gives " +
                     std::string(to_word(facts.isolation)) + " here: it has no seccomp profile");
  // Without a filter of calls it would reach the abstract sockets of the host as well (docs/decisions/host_network.md).
  if (run.version.spec.network == NetworkAccess::host && facts.isolation != Isolation::strict)
    co_return refuse("plugin " + run.version.name + " asks for network host, which Docker gives with a seccomp profile only, and here it " +
                     "has none");
  co_return co_await run_known(std::move(run), std::move(*engine));
}

asio::awaitable<PluginOutcome> DockerCluster::Core::run_known(PluginRun run, Examined engine) {
  co_await remove_owed();
  // No container may use more than there is, says the engine; so much is no limit anyway.
  if (engine.facts.cpus > 0) run.version.spec.limits.cpus = std::min(run.version.spec.limits.cpus, engine.facts.cpus);
  const ContainerBounds bounds{
      .pull_patience = settings_.pull_patience,
      .input_blob_bytes_max = settings_.input_blob_bytes_max,
      .isolation = engine.facts.isolation,
      .launcher = engine.launcher_is_seen ? std::filesystem::absolute(settings_.launcher).string() : std::string()};
  const auto key = std::pair(run.job, run.fence);
  const ContainerMark mark = container_mark(settings_.owner, run);
  if (coming_.at(key)) co_return without_a_run(AttemptOutcome::cancelled, "cancelled before it ran");
  if (stopping_) co_return given_back();
  const auto container = std::make_shared<ContainerRun>(strand_, ContainerPorts{.engine = engine_, .blobs = blobs_, .clock = clock_},
                                                        bounds, mark, std::move(run));
  runs_.emplace(key, container);
  watch(mark.name);
  PluginOutcome outcome = co_await ContainerRun::finish(container);
  runs_.erase(key);
  if (container->may_have_container()) {
    if (const auto removed = co_await remove(mark.name); !removed) {
      if (owed_.size() < owed_max) owed_.insert(mark.name);
      log_.warn("a container stays until Docker answers", {{"container", mark.name}, {"reason", removed.error().message}});
    }
  }
  if (!owed_.contains(mark.name)) forget(mark.name);
  if (outcome.how == AttemptOutcome::given_back || outcome.how == AttemptOutcome::not_started)
    known_.reset();  // it may be another engine when it is back
  co_return outcome;
}

// With what it wrote. That there is none is success.
Async<void> DockerCluster::Core::remove(std::string name) {
  const auto removed = co_await engine_.ask({.method = "DELETE", .target = "/containers/" + name + "?force=1&v=1", .body = {}});
  if (removed || removed.error().code == ErrorCode::not_found) co_return Result<void>{};
  // Somebody removes it already: of no use to us, but its end is near.
  if (removed.error().code == ErrorCode::conflict && removed.error().message.contains("already in progress")) co_return Result<void>{};
  co_return std::unexpected(removed.error());
}

asio::awaitable<void> DockerCluster::Core::remove_owed() {
  for (const std::string& name : std::exchange(owed_, {})) {
    if (const auto removed = co_await remove(name); !removed) {
      owed_.insert(name);
    } else {
      forget(name);
    }
  }
}

void DockerCluster::Core::watch(const std::string& name) {
  if (!guard_) return;
  if (const auto watched = guard_->watch(name); !watched)
    log_.warn("a container would go on if this worker were killed", {{"container", name}, {"reason", watched.error().message}});
}

void DockerCluster::Core::forget(const std::string& name) {
  if (guard_) guard_->forget(name);
}

// All containers of this owner: we hold its lock, so whoever made them is gone, and has not been asked about them since. Its guard may be
// removing them at the same time.
Async<void> DockerCluster::Core::remove_left_behind() {
  const std::string filters = R"({"label":[")" + std::string(owner_label) + "=" + settings_.owner + R"("]})";
  const std::string list = "/containers/json?all=1&limit=" + std::to_string(listed_at_once) + "&filters=" + query_encoded(filters);
  std::set<std::string> seen;
  for (int pauses = 0; pauses < removal_pauses_max;) {
    const auto listed = co_await engine_.ask({.target = list});
    if (!listed) co_return std::unexpected(listed.error());
    const auto ids = ids_of(listed->body);
    if (!ids) co_return std::unexpected(ids.error());
    if (ids->empty()) break;
    const std::size_t before = seen.size();
    seen.insert(ids->begin(), ids->end());
    // Those that were asked for go by and by, or with the engine's next start.
    if (seen.size() == before) {
      ++pauses;
      co_await pause(removal_pause);
    }
    for (const std::string& id : *ids)
      if (auto removed = co_await remove(id); !removed) co_return pass_on(removed);
  }
  if (!seen.empty()) log_.info("containers of an earlier run of this worker removed", {{"count", static_cast<std::int64_t>(seen.size())}});
  co_return Result<void>{};
}

void DockerCluster::Core::cancel(JobId job, Fence fence) {
  asio::post(strand_, [self = shared_from_this(), job, fence] {
    if (const auto found = self->runs_.find({job, fence}); found != self->runs_.end())
      found->second->stop(StopReason::cancelled, cancel_grace_max);
    else if (const auto coming = self->coming_.find({job, fence}); coming != self->coming_.end())
      coming->second = true;
  });
}

void DockerCluster::Core::request_stop() {
  asio::post(strand_, [self = shared_from_this()] {
    self->stopping_ = true;
    for (const auto& [name, run] : self->runs_) run->stop(StopReason::service_stops, 0ms);
  });
}

bool DockerCluster::Core::wait(SteadyTime deadline) {
  request_stop();
  return running_.wait(deadline);
}

}  // namespace orc
