#include "tests/simulation/simulated_cluster.h"

#include <charconv>

#include "domain/job/verdict.h"

namespace orc::simulation {

JobScript JobScript::read(const std::string& text) {
  const std::size_t gap = text.find(' ');
  int ending = 0;
  std::int64_t duration = 0;
  std::from_chars(text.data(), text.data() + gap, ending);
  std::from_chars(text.data() + gap + 1, text.data() + text.size(), duration);
  return {.ending = static_cast<Ending>(ending), .duration = Span{duration}};
}

boost::asio::awaitable<PluginOutcome> SimulatedCluster::run(PluginRun run) {
  const RunName name{.job = run.job, .fence = run.fence};
  const JobScript script = JobScript::read(run.input);
  time_.trace.note(time_.passed(), process_.name(), "runs job", std::to_underlying(run.job), std::to_underlying(run.fence));
  ledger_.executed(name);
  const auto end = process_.make();
  running_[name] = {.end = end.get()};
  ledger_.demand(std::ssize(running_) <= slots_, [&] { return process_.name() + " runs more at once than it has slots"; });
  const SteadyTime until = time_.now() + std::min<Span>(script.duration, run.timeout);
  while (!running_.at(name).is_cancelled && time_.now() < until) co_await end->wait(until);
  const bool is_cancelled = running_.at(name).is_cancelled;
  if (script.ending == JobScript::Ending::kills_its_worker && !is_cancelled) {
    on_poison_();
    co_await end->wait(SteadyTime::max());
  }
  running_.erase(name);
  if (is_cancelled) co_return PluginOutcome{.how = AttemptOutcome::cancelled};
  co_return outcome_of(script, run);
}

void SimulatedCluster::cancel(JobId job, Fence fence) {
  const auto found = running_.find({.job = job, .fence = fence});
  if (found == running_.end()) return;
  found->second.is_cancelled = true;
  found->second.end->wake();
}

PluginOutcome SimulatedCluster::outcome_of(const JobScript& script, const PluginRun& run) const {
  if (script.duration > run.timeout) return {.how = AttemptOutcome::timed_out, .message = "took too long"};
  switch (script.ending) {
    case JobScript::Ending::succeeds:
    case JobScript::Ending::kills_its_worker:
      break;
    case JobScript::Ending::fails_once:
      if (run.attempt == 1) return {.how = AttemptOutcome::failed, .message = "not yet", .exit_code = 1};
      break;
    case JobScript::Ending::fails_always:
      return {.how = AttemptOutcome::failed, .message = "never", .exit_code = 1};
    case JobScript::Ending::has_bad_input:
      return {.how = AttemptOutcome::failed, .message = "bad input", .exit_code = exit_code_bad_input};
  }
  return {.how = AttemptOutcome::succeeded, .output = "{\"fence\":" + std::to_string(std::to_underlying(run.fence)) + "}", .exit_code = 0};
}

}  // namespace orc::simulation
