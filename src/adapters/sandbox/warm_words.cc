// What of WarmRuns takes in what jobs and processes write beside answers.
#include "adapters/sandbox/warm_runs.h"

namespace orc {

void WarmRuns::hear_beside(Request& request, const WarmLine& line) {
  if (const auto* told = std::get_if<WarmProgress>(&line)) {
    if (request.run.observer) request.run.observer->progressed(told->progress);
  } else if (const auto* log = std::get_if<WarmLog>(&line)) {
    note(request, log->text + "\n", log->stream);
  } else if (std::holds_alternative<WarmSlip>(line)) {
    ++request.slips;
  }
}

// As of descriptor 3 in mode once (run_verdict.cc).
void WarmRuns::tell_slips(Request& request) {
  if (request.slips == 0) return;
  note(request,
       std::to_string(request.slips) +
           " lines about this job were no {\"progress\": 0..1, \"message\": \"…\"} and no {\"log\": \"…\", \"stream\": \"out\" or "
           "\"err\"} and were ignored\n",
       LogStream::err);
}

void WarmRuns::note(Request& request, std::string_view text, LogStream stream) {
  if (request.outcome) return;
  if (!request.log) request.log.emplace();
  request.log->add(text, parts_.clock.now(), stream);
  const auto news = request.log->head().subspan(request.lines_told);
  if (!request.run.observer || news.empty()) return;
  request.lines_told += news.size();
  request.run.observer->log_grew(news);
}

// Standard error is the process's: it belongs to a job only while that is alone in flight.
bool WarmRuns::logged(WarmProcess& process, std::string_view bytes) {
  if (process.in_flight.size() != 1 || process.in_flight.begin()->second.stage != WarmProcess::Stage::sent) return false;
  Request* const request = find(process.in_flight.begin()->first);
  if (!request) return false;
  note(*request, bytes, LogStream::err);
  return request->log && !request->log->is_cut();
}

}  // namespace orc
