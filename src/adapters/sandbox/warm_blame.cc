// Who pays for the end of a warm process (docs/decisions/warm_processes.md, "Who is to blame is not guessed").

#include "adapters/sandbox/run_verdict.h"
#include "adapters/sandbox/warm_runs.h"

namespace orc {

// Those whom the process leaves behind: who was alone in it pays, the others run once more, alone. Who came after others and was not spoken
// of runs once more in a process of its own: this one may have been at its end already.
void WarmRuns::over(WarmProcess& process, const WarmFault& fault) {
  if (!process.is_ready) {
    figures_.count_end(is_stopping_ ? WarmEnd::stop : fault.how == AttemptOutcome::cancelled ? WarmEnd::idle : WarmEnd::start_failed);
    const auto payers = schedule_.start_failed(process.id(), std::chrono::steady_clock::now());
    for (const WarmRequestId id : payers)
      settle(id, is_stopping_ ? outcome_of(AttemptOutcome::given_back, "the worker stops") : outcome_of(fault.how, fault.message));
    return;
  }
  auto in_flight = std::exchange(process.in_flight, {});
  schedule_.gone(process.id());
  const bool was_at_rest = in_flight.empty() && !process.fault();
  const auto is_not_sent = [](const auto& entry) { return entry.second.stage == WarmProcess::Stage::getting_files; };
  const bool ended_by_itself =
      !process.has_answered && fault.how != AttemptOutcome::cancelled && std::ranges::all_of(in_flight, is_not_sent);
  std::erase_if(in_flight, [&](const auto& entry) {
    if (!is_not_sent(entry)) return false;
    if (Request* const request = find(entry.first); request && !request->outcome && !is_stopping_)
      was_not_sent(entry.first, *request, fault, ended_by_itself);
    return true;
  });
  if (!was_at_rest) {
    if (!std::exchange(process.is_end_counted, true)) figures_.count_end(is_stopping_ ? WarmEnd::stop : WarmEnd::fault);
    if (!is_stopping_ && fault.how != AttemptOutcome::cancelled)
      // What it said stands in the job: it may hold what is nobody else's business.
      parts_.log.warn("a warm process failed", {{"outcome", to_word(fault.how)},
                                                {"plugin_version", std::to_underlying(process.pool().version)},
                                                {"in_flight", std::ssize(in_flight)},
                                                {"process", std::to_underlying(process.id())}});
  }
  // No answer within a request's time is that request's alone.
  const bool may_be_of_others = process.has_answered && fault.how != AttemptOutcome::timed_out;
  for (const auto& [id, one] : in_flight) {
    Request* const request = find(id);
    if (!request || request->outcome) continue;
    request->process = nullptr;
    if (is_stopping_)
      settle(id, outcome_of(AttemptOutcome::given_back, "the worker stops"));
    else if (in_flight.size() > 1)
      wait_for_process(id, *request, process.runs_again_without_blame ? Company::any : Company::none);
    else if (may_be_of_others && !one.is_spoken_of)
      wait_for_process(id, *request, Company::none_ever);
    else
      settle(id, took(process, id, one.sent, outcome_of(fault.how, fault.message)));
  }
}

// What it was never sent has nothing to do with its end. But what only says that it is ready, and ends by itself, must not be started for
// ever.
void WarmRuns::was_not_sent(WarmRequestId id, Request& request, const WarmFault& fault, bool ended_by_itself) {
  request.process = nullptr;
  if (ended_by_itself && ++request.useless_starts >= warm_failed_starts_max)
    settle(id, outcome_of(fault.how, "each of " + std::to_string(warm_failed_starts_max) +
                                         " warm processes ended before its files were there: " + fault.message));
  else
    wait_for_process(id, request, request.company);
}

}  // namespace orc
