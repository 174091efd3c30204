#include "adapters/sandbox/warm_runs.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <sys/wait.h>

#include "adapters/sandbox/on_executor.h"
#include "adapters/sandbox/plugin_environment.h"
#include "adapters/sandbox/plugin_input.h"
#include "adapters/sandbox/process_tree.h"
#include "adapters/sandbox/run_folders.h"
#include "domain/passing_error.h"
#include "domain/placement/requirements.h"

namespace orc {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// An answer that nobody wants may still come for so long; then its process is ended, since it works for nobody.
constexpr auto let_go_max = 1s;
// Nothing ends a process for its time but what is decided here.
constexpr std::chrono::hours no_timeout{24 * 365};

SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

WarmPoolName pool_of(const PluginRun& run) {
  const WarmShare share = run.version.spec.warm.share;
  return {.version = run.version.id, .share = share, .owner = share == WarmShare::all ? std::nullopt : run.owner};
}

// Or is wrong about them, which whoever reads them says.
bool names_files(const std::string& input) {
  if (!input.contains("$blob") && !input.contains("\\u")) return false;
  const auto read = read_plugin_input(input, RunPlaces().input);
  return !read || !read->blobs.empty();
}

// Why a process ended that nobody had ended.
WarmFault fault_of(const RunEnd& end, const CgroupReport& report, const WarmProcess& process) {
  const std::string last = process.end_of_log();
  if (WIFSIGNALED(end.wait_status) && WTERMSIG(end.wait_status) == SIGABRT)
    return {.how = AttemptOutcome::not_started, .message = with_end("the sandbox could not be made", last)};
  if (report.ran_out_of_memory || (WIFSIGNALED(end.wait_status) && WTERMSIG(end.wait_status) == SIGBUS))  // launch/supervision.h
    return {.how = AttemptOutcome::out_of_memory,
            .message = with_end("out of memory: needed more than limits.memory_mb " + std::to_string(process.limits().memory_mb), last)};
  const int code = WIFEXITED(end.wait_status) ? WEXITSTATUS(end.wait_status) : 128 + WTERMSIG(end.wait_status);
  if (auto missing = missing_program(code, last); missing && !process.has_said_ready)
    return {.how = AttemptOutcome::refused, .message = std::move(*missing)};
  const bool ran_a_job =
      std::ranges::any_of(process.in_flight, [](const auto& entry) { return entry.second.stage == WarmProcess::Stage::sent; });
  const std::string when = !process.has_said_ready ? " before it was ready" : ran_a_job ? " while it ran this job" : "";
  return {.how = AttemptOutcome::failed,
          .message = with_end("the warm process ended" + when + ", exit code " + std::to_string(code), last)};
}

}  // namespace

WarmRuns::WarmRuns(Parts parts, std::vector<RunSlot> slots)
    : parts_(std::move(parts)),
      schedule_({.processes_max = static_cast<int>(slots.size()), .memory_mb = parts_.memory_mb}),
      sweep_timer_(parts_.executor),
      room_(parts_.executor, SteadyTime::max()) {
  for (RunSlot& slot : slots) slots_.add(std::move(slot));
}

WarmRuns::~WarmRuns() = default;

WarmRuns::Request* WarmRuns::find(WarmRequestId id) {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : found->second;
}

asio::awaitable<PluginOutcome> WarmRuns::run(PluginRun run) {
  if (is_stopping_) co_return outcome_of(AttemptOutcome::given_back, "the worker stops");
  const WarmRequestId id{++last_request_};
  const auto name = std::pair(run.job, run.fence);
  if (!names_.emplace(name, id).second) co_return refuse("this run is here already");
  const WarmPoolName pool = pool_of(run);
  const bool has_folders = run.version.spec.warm.files_out || names_files(run.input);
  Request request{.run = std::move(run),
                  .pool = pool,
                  .done = asio::steady_timer(parts_.executor),
                  .log = {},
                  .has_folders = has_folders,
                  .outcome = {}};
  requests_.emplace(id, &request);
  const std::unique_ptr<void, std::function<void(void*)>> taken_out(&request, [this, name, id](void*) {
    requests_.erase(id);
    names_.erase(name);
  });
  // What has failed before may bring its process down again.
  wait_for_process(id, request, request.run.attempt > 1 ? Company::none : Company::any);
  pump();
  while (!request.outcome) {
    request.done.expires_at(SteadyTime::max());
    [[maybe_unused]] const auto [woken] = co_await request.done.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return std::move(*request.outcome);
}

void WarmRuns::wait_for_process(WarmRequestId id, Request& request, Company company) {
  request.company = company;
  const PluginVersion& version = request.run.version;
  schedule_.wait(id, request.pool, {.plugin = version.plugin, .terms = version.spec.warm, .memory_mb = declared_memory_mb(version.spec)},
                 company);
}

void WarmRuns::settle(WarmRequestId id, PluginOutcome outcome) {
  Request* const request = find(id);
  if (!request || request->outcome) return;
  tell_slips(*request);
  if (request->log) outcome.log = request->log->take(parts_.clock.now());
  outcome.isolation = parts_.host.level();
  outcome.image = request->image;
  request->outcome = std::move(outcome);
  request->done.cancel();
}

void WarmRuns::pump() {
  while (const auto act = schedule_.next(steady_now())) {
    if (const auto* start = std::get_if<WarmSchedule::Start>(&*act)) begin(start->process, start->pool);
    if (const auto* given = std::get_if<WarmSchedule::Dispatch>(&*act)) dispatch(*processes_.at(given->process), given->request);
    if (const auto* end = std::get_if<WarmSchedule::End>(&*act)) {
      WarmProcess& process = *processes_.at(end->process);
      if (!std::exchange(process.is_end_counted, true)) figures_.count_end(end->reason);
      process.end(process.limits().grace);
    }
  }
  figures_.set_now(schedule_.counts());
}

void WarmRuns::begin(WarmProcessId id, const WarmPoolName& pool) {
  const auto sample = std::ranges::find_if(requests_, [&](const auto& entry) { return entry.second->pool == pool; });
  const PluginVersion& version = sample->second->run.version;
  auto process = std::make_shared<WarmProcess>(id, pool, version.spec, parts_.executor, *this, steady_now());
  processes_.emplace(id, process);
  figures_.count_start();
  asio::co_spawn(parts_.executor, live_through(std::move(process), version), asio::detached);
  wake_sweep();
}

void WarmRuns::dispatch(WarmProcess& process, WarmRequestId id) {
  Request& request = *find(id);
  request.process = &process;
  request.image = process.image;
  if (!request.has_folders) return send(process, id, request.run.input, {});
  process.in_flight.emplace(
      id,
      WarmProcess::InFlight{
          .stage = WarmProcess::Stage::getting_files, .has_folders = true, .sent = {}, .deadline = SteadyTime::max(), .let_go_until = {}});
  asio::co_spawn(parts_.executor, give_files(process.shared_from_this(), id, request.run.input), asio::detached);
}

void WarmRuns::send(WarmProcess& process, WarmRequestId id, std::string_view input, const RequestPlaces& folders) {
  const Request& request = *find(id);
  const SteadyTime now = steady_now();
  process.in_flight.insert_or_assign(
      id,
      WarmProcess::InFlight{.has_folders = request.has_folders, .sent = now, .deadline = now + request.run.timeout, .let_go_until = {}});
  process.usage.sent(id);
  process.send(id, input, run_context(request.run, folders, parts_.clock.now()));
  wake_sweep();
}

asio::awaitable<void> WarmRuns::live_through(std::shared_ptr<WarmProcess> process, PluginVersion version) {
  const auto alive = parts_.keep_alive();
  Result<WarmFault> end = fail(ErrorCode::unavailable, "");
  try {
    end = co_await live(process, version);
  } catch (const std::exception& error) {
    end = WarmFault{.how = AttemptOutcome::not_started, .message = std::string("the warm process could not be started: ") + error.what()};
  }
  over(*process, end ? *end
                     : WarmFault{.how = may_pass(end.error()) ? AttemptOutcome::not_started : AttemptOutcome::refused,
                                 .message = end.error().message});
  processes_.erase(process->id());
  pump();
  room_.cancel();
  if (processes_.empty()) sweep_timer_.cancel();
}

// From its start to its end. Errors: it could not be started.
asio::awaitable<Result<WarmFault>> WarmRuns::live(std::shared_ptr<WarmProcess> process, const PluginVersion& version) {
  SlotPool::Waiter waiter(parts_.executor);
  const SlotPool::Lease lease = co_await slots_.take(waiter);
  RunSlot& slot = lease.slot();
  const auto program = co_await parts_.program_of(version.spec);
  if (!program) co_return fail(program.error().code, "the program of " + version.name + " cannot be had: " + program.error().message);
  if (process->is_unwanted())
    co_return process->fault().value_or(WarmFault{.how = AttemptOutcome::not_started, .message = "it was ended before it ran"});
  if (program->image) process->image = program->image->digest;
  const RunPlaces places = program->in(parts_.host.places(slot, program->folder()));
  const RunOrder order{.command = program->command(version.spec),
                       .input = {},
                       .environment = warm_environment(version.spec, places, program->environment()),
                       .limits = version.spec.limits,
                       .package = program->folder(),
                       .image_root = program->root(),
                       .places = places,
                       .has_input_files = true,  // there may be some later on
                       .feed = RunFeed::requests,
                       .network = version.spec.network,
                       .has_request_folders = version.spec.warm.files_out};
  auto launched = co_await call_on(parts_.files, [this, &slot, &order]() -> Result<LaunchedRun> {
    if (auto made = make_input_folder(input_folder_of(slot)); !made) return pass_on(made);
    return launch_run(parts_.host, slot, order);
  });
  if (!launched) co_return pass_on(launched);
  process->folders = folders_of(slot, order, *launched);
  FileDescriptor requests = std::move(launched->requests);
  const SteadyTime started = launched->started;
  auto running = std::make_shared<LiveRun>(parts_.executor, std::move(*launched),
                                           RunBounds{.output_bytes_max = 0, .timeout = no_timeout, .grace = version.spec.limits.grace},
                                           parts_.clock, nullptr, nullptr, process.get());
  process->cgroup = slot.cgroup.get();
  if (slot.cgroup) process->usage.count_with(slot.cgroup.get());
  process->attach(running, std::move(requests), started);
  const RunEnd end = co_await LiveRun::finish(running);
  process->detach();
  co_await process->folders->until_unused();
  process->cgroup = nullptr;
  const CgroupReport report = co_await parts_.clear(slot, end);
  if (slot.cgroup) process->usage.ended_with(report.cpu_time, report.peak_bytes);
  // If some of it stays, the next process tries once more, and does not start with it.
  const auto removed = co_await call_on(parts_.files, [folder = slot.folder] { return remove_run_folder(folder); });
  if (!removed) parts_.log.warn("files of a run stay", {{"reason", removed.error().message}});
  co_return process->fault() ? *process->fault() : fault_of(end, report, *process);
}

void WarmRuns::heard(WarmProcess& process, const WarmLine& line) {
  const auto wrong = [&](std::string what) {
    process.fail({.how = AttemptOutcome::output_rejected, .message = "the warm process " + std::move(what)}, 0ms);
  };
  if (std::holds_alternative<WarmReady>(line)) {
    if (std::exchange(process.has_said_ready, true)) return wrong("said twice that it is ready");
    if (process.cgroup) return become_ready(process);
    asio::co_spawn(parts_.executor, count_and_become_ready(process.shared_from_this(), process.launcher()), asio::detached);
    return;
  }
  const WarmRequestId id = std::visit(
      [](const auto& said) {
        if constexpr (requires { said.id; }) return said.id;
        return WarmRequestId{};
      },
      line);
  if (!process.has_said_ready) return wrong("answered before it said that it is ready");
  const auto one = process.in_flight.find(id);
  if (one == process.in_flight.end() || one->second.stage != WarmProcess::Stage::sent) {
    if (!is_answer(line) && process.may_know(id)) return;  // a thread of its goes on for a moment after the answer
    return wrong("spoke of request " + std::to_string(std::to_underlying(id)) + ", which it was not given or had answered");
  }
  one->second.is_spoken_of = true;
  Request* const request = find(id);
  if (const auto* output = std::get_if<WarmOutput>(&line)) {
    const auto most = static_cast<std::size_t>(process.limits().output_kb) * 1024;
    PluginOutcome outcome = outcome_of(AttemptOutcome::succeeded, {});
    if (output->json.size() > most)
      outcome = outcome_of(AttemptOutcome::output_rejected,
                           "output too large: more than limits.output_kb " + std::to_string(process.limits().output_kb));
    else
      outcome.output = output->json;
    answer(process, id, std::move(outcome));
  } else if (const auto* failure = std::get_if<WarmFailure>(&line)) {
    PluginOutcome outcome = outcome_of(AttemptOutcome::failed, failure->message);
    outcome.exit_code = failure->exit_code;
    answer(process, id, std::move(outcome));
  } else if (request) {
    hear_beside(*request, line);
  }
}

void WarmRuns::become_ready(WarmProcess& process) {
  process.is_ready = true;
  schedule_.ready(process.id(), steady_now());
}

// That looks at every process of the host, so not here; and before the first request, so that this is counted too.
asio::awaitable<void> WarmRuns::count_and_become_ready(std::shared_ptr<WarmProcess> process, pid_t launcher) {
  const auto alive = parts_.keep_alive();
  std::optional<ProcessMeter> meter;
  try {
    meter = co_await call_on(parts_.files, [launcher, own_generations = parts_.host.own_processes() - 1] {
      return std::optional<ProcessMeter>(descendants_of(launcher, own_generations));
    });
  } catch (const std::exception& error) {
    parts_.log.warn("a warm process is not counted", {{"reason", error.what()}});
  }
  if (!process->takes_requests()) co_return;  // if it has ended, others may have its number by now
  if (meter) process->count_with(std::move(*meter));
  become_ready(*process);
  pump();
}

void WarmRuns::answer(WarmProcess& process, WarmRequestId id, PluginOutcome outcome) {
  if (process.in_flight.size() == 1) process.hear_log_first();
  process.has_answered = true;
  WarmProcess::InFlight& one = process.in_flight.at(id);
  outcome = took(process, id, one.sent, std::move(outcome));
  if (one.has_folders) {
    one.stage = WarmProcess::Stage::leaving_files;
    one.deadline = SteadyTime::max();
    one.let_go_until.reset();
    asio::co_spawn(parts_.executor, keep_files(process.shared_from_this(), id, std::move(outcome)), asio::detached);
    return;
  }
  process.in_flight.erase(id);
  schedule_.answered(process.id(), id, steady_now());
  settle(id, std::move(outcome));
}

// The outcome, with what the request took.
PluginOutcome WarmRuns::took(WarmProcess& process, WarmRequestId id, SteadyTime sent, PluginOutcome outcome) {
  outcome.usage = process.usage.took(id, sent, steady_now());
  if (const Request* const request = find(id)) outcome.usage.bytes_in = std::ssize(request->run.input) + request->file_bytes;
  outcome.usage.bytes_out = std::ssize(outcome.output);
  return outcome;
}

void WarmRuns::paused(WarmProcess&) { pump(); }

// Of one that is being started it is known anyhow, and who pays for it is another question (start_failed).
void WarmRuns::failed(WarmProcess& process) {
  if (process.is_ready) schedule_.retire(process.id(), WarmEnd::fault, steady_now());
}

bool WarmRuns::cancel(JobId job, Fence fence) {
  const auto named = names_.find({job, fence});
  if (named == names_.end()) return false;
  const WarmRequestId id = named->second;
  Request& request = *find(id);
  if (request.outcome) return true;
  WarmProcess* const process = request.process;
  if (!process) {
    const WarmPoolName pool = request.pool;
    schedule_.withdraw(id, pool);
    settle(id, outcome_of(AttemptOutcome::cancelled, "cancelled before it ran"));
    for (const WarmProcessId unwanted : schedule_.give_up_starts(pool, steady_now())) end_unwanted(*processes_.at(unwanted));
    return true;
  }
  PluginOutcome cancelled = outcome_of(AttemptOutcome::cancelled, "cancelled while it ran");
  const WarmProcess::InFlight& one = process->in_flight.at(id);
  const bool is_sent = one.stage == WarmProcess::Stage::sent;
  // What the process goes on to use for it is not seen any more.
  if (is_sent)
    cancelled.usage = {.cpu = {},
                       .peak_bytes = {},
                       .wall = std::chrono::floor<std::chrono::milliseconds>(steady_now() - one.sent),
                       .bytes_in = std::ssize(request.run.input) + request.file_bytes};
  settle(id, std::move(cancelled));
  if (!is_sent) return true;  // it does not work for that one
  if (process->in_flight.size() == 1)
    process->fail({.how = AttemptOutcome::cancelled, .message = "it ran a job that was cancelled"},
                  std::min<std::chrono::milliseconds>(process->limits().grace, let_go_max));
  else
    process->in_flight.at(id).let_go_until = steady_now() + let_go_max;
  return true;
}

// A process that was started for a job which is cancelled before it is ready.
void WarmRuns::end_unwanted(WarmProcess& process) {
  process.fail({.how = AttemptOutcome::cancelled, .message = "nobody waits for it any more"},
               std::min<std::chrono::milliseconds>(process.limits().grace, let_go_max));
}

void WarmRuns::request_stop() {
  is_stopping_ = true;
  for (const WarmRequestId id : schedule_.withdraw_all()) settle(id, outcome_of(AttemptOutcome::given_back, "the worker stops"));
  for (const auto& [id, process] : processes_) {
    for (const auto& [request, one] : process->in_flight) settle(request, outcome_of(AttemptOutcome::given_back, "the worker stops"));
    process->end(0ms);
  }
}

}  // namespace orc
