// What of WarmRuns takes in what jobs and processes write beside answers.
#include "adapters/sandbox/warm_runs.h"

namespace orc {

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
