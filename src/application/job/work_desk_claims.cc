// What a worker is given: the part of WorkDesk behind claim().
#include <algorithm>

#include "application/job/work_desk.h"

namespace orc {
namespace {

constexpr std::chrono::seconds poll_interval{5};  // a lost hint costs at most this
constexpr int claimed_at_once_max = 1'000;  // an answer with so many inputs of the length that rows keep is no longer than workers take
constexpr std::chrono::seconds room_interval{1};  // likewise, if room may come from a run that ended at another desk, or by cancel

}  // namespace

Async<std::vector<Assignment>> WorkDesk::claim(WorkerId worker, int count, SteadyTime until, std::stop_token stop) {
  const std::stop_callback wake(stop, [this] { ports_.signals.work_arrived(); });
  // The store would say once more that there is no room.
  if (const auto known = short_of_room_.find(worker); known != short_of_room_.end() && !stop.stop_requested())
    co_await wait_for_room(worker, known->second, std::min<SteadyTime>(until, ports_.clock.steady_now() + room_interval));
  while (!stop.stop_requested()) {
    const std::uint64_t hints = ports_.signals.work_hints();
    auto claim = co_await ports_.store.claim(worker, std::min(count, claimed_at_once_max));
    if (!claim) co_return pass_on(claim);
    note_room(worker, *claim, hints);
    for (const ClaimedJob& job : claim->jobs) {
      Given& given = keep({.job = job.id, .fence = job.fence});
      given.worker = worker;
      given.terms = {.version = job.version, .attempt = job.attempt, .attempts_max = job.attempts_max};
    }
    std::vector<Assignment> runs;
    std::optional<Error> trouble;
    for (const ClaimedJob& job : claim->jobs) {
      auto assignment = co_await prepare(job);
      if (assignment)
        runs.push_back(std::move(*assignment));
      else
        trouble = assignment.error();
    }
    if (!runs.empty() || stop.stop_requested() || ports_.clock.steady_now() >= until) co_return runs;
    if (trouble && trouble->code == ErrorCode::unavailable) co_return std::unexpected(std::move(*trouble));
    if (!claim->jobs.empty()) continue;
    const SteadyTime soon = std::min(until, next_look(*claim));
    if (claim->waits_for_room)
      co_await wait_for_room(worker, hints, soon);
    else
      co_await ports_.signals.wait_for_work(hints, soon);
  }
  co_return std::vector<Assignment>{};
}

void WorkDesk::note_room(WorkerId worker, const Claim& claim, std::uint64_t hints) {
  if (claim.waits_for_room)
    short_of_room_.insert_or_assign(worker, hints);
  else
    short_of_room_.erase(worker);
}

boost::asio::awaitable<void> WorkDesk::wait_for_room(WorkerId worker, std::uint64_t hints, SteadyTime until) {
  const auto waiting = waiting_for_room_.insert(worker);
  co_await ports_.signals.wait_for_work(hints, until);
  waiting_for_room_.erase(waiting);
}

void WorkDesk::room_comes(WorkerId worker) {
  short_of_room_.erase(worker);
  if (waiting_for_room_.contains(worker)) ports_.signals.work_arrived();
}

SteadyTime WorkDesk::next_look(const Claim& claim) const {
  const SteadyTime now = ports_.clock.steady_now();
  const auto interval = claim.waits_for_room ? room_interval : poll_interval;
  if (!claim.next_due) return now + interval;
  const auto until_due = std::max(*claim.next_due - ports_.clock.now(), std::chrono::milliseconds{1});
  return now + std::min<SteadyTime::duration>(until_due, interval);
}

// What cannot be given is ended or given back here; the error says why.
Async<Assignment> WorkDesk::prepare(const ClaimedJob& job) {
  const RunName run{.job = job.id, .fence = job.fence};
  auto version = co_await ports_.plugins.version(job.version);
  auto plugin = version ? co_await ports_.plugins.by_id(version->plugin) : Result<Plugin>(pass_on(version));
  if (!plugin) {
    AttemptEnd end = without_cost(run, plugin.error().message);
    if (version && plugin.error().code == ErrorCode::not_found) {
      // Removed after an attempt had begun: what is withdrawn does not start again.
      end.trigger = JobTrigger::plugin_removed;
      end.outcome = AttemptOutcome::refused;
      end.message = "Plugin " + job.plugin_name + " was removed before this job ran";
    }
    // If not even this can be stored, the worker's beat finds the run undelivered.
    if (auto ended = co_await store_end(std::move(end)); !ended) co_return pass_on(ended);
    co_return pass_on(plugin);
  }
  if (auto too_late = end_of_late(job, version->spec.limits)) {
    const auto reason = fail(ErrorCode::conflict, too_late->message);
    if (auto ended = co_await store_end(std::move(*too_late)); !ended) co_return pass_on(ended);
    co_return reason;
  }
  // Rows of an older service hold inputs of any length, and an answer with many of those would be longer than a worker takes.
  auto input = job.input.blob ? Result<Payload>(job.input) : co_await payloads_.keep(job.input.text);
  if (!input) {
    if (auto ended = co_await store_end(without_cost(run, input.error().message)); !ended) co_return pass_on(ended);
    co_return pass_on(input);
  }
  const std::chrono::seconds timeout = job.timeout.value_or(version->spec.limits.timeout);
  co_return Assignment{.run = run,
                       .attempt = job.attempt,
                       .owner = job.owner,
                       .version = std::move(*version),
                       .input = std::move(*input),
                       .timeout = timeout,
                       .service = service_};
}

// A job that waited for longer than its plugin allows is not begun any more.
std::optional<AttemptEnd> WorkDesk::end_of_late(const ClaimedJob& job, const PluginLimits& limits) const {
  const auto waited = ports_.clock.now() - job.due_at;
  if (!limits.queue || waited <= *limits.queue) return {};
  AttemptEnd end = without_cost({.job = job.id, .fence = job.fence}, too_late_to_run(waited, *limits.queue));
  end.trigger = JobTrigger::failed_for_good;
  end.outcome = AttemptOutcome::timed_out;
  return end;
}

}  // namespace orc
