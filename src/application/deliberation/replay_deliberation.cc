#include "application/deliberation/replay_deliberation.h"

#include "domain/deliberation/deliberation_progress.h"

namespace orc {

Result<Replay> replay(const RecordedDeliberation& recorded) {
  const Deliberation& deliberation = recorded.deliberation;
  if (!deliberation.end) return fail(ErrorCode::conflict, "the deliberation runs; it can be replayed once it has ended");
  DeliberationProgress progress(deliberation.request, deliberation.plan);
  for (const FinishedCall& call : recorded.calls) progress.apply(call);
  progress.cut_short(deliberation.end->cut);
  if (!progress.end()) return fail(ErrorCode::internal, "the record of the deliberation is not enough to end it");
  return Replay{.recorded = *deliberation.end, .replayed = *progress.end()};
}

}  // namespace orc
