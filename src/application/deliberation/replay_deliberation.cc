#include "application/deliberation/replay_deliberation.h"

#include "domain/deliberation/deliberation_progress.h"

namespace orc {

Async<Replay> ReplayDeliberation::run(std::string id) {
  auto deliberation = co_await store_.get(id);
  if (!deliberation) co_return pass_on(deliberation);
  if (!deliberation->end) co_return fail(ErrorCode::conflict, "the deliberation runs; it can be replayed once it has ended");
  auto record = co_await store_.calls(id);
  if (!record) co_return pass_on(record);
  DeliberationProgress progress(deliberation->request, deliberation->plan);
  for (const FinishedCall& call : *record) progress.apply(call);
  progress.cut_short(deliberation->end->cut);
  if (!progress.end()) co_return fail(ErrorCode::internal, "the record of the deliberation is not enough to end it");
  co_return Replay{.recorded = *deliberation->end, .replayed = *progress.end()};
}

}  // namespace orc
