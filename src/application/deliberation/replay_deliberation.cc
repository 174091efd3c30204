#include "application/deliberation/replay_deliberation.h"

#include <utility>

#include "domain/deliberation/deliberation_progress.h"

namespace orc {

Result<Replay> replay(RecordedDeliberation recorded) {
  Deliberation& deliberation = recorded.deliberation;
  if (!deliberation.end) return fail(ErrorCode::conflict, "the deliberation runs; it can be replayed once it has ended");
  DeliberationProgress progress(deliberation.request, deliberation.plan);
  for (FinishedCall& call : recorded.calls) progress.apply(std::exchange(call, {}));
  progress.cut_short(deliberation.end->cut);
  if (!progress.end()) return fail(ErrorCode::internal, "the record of the deliberation is not enough to end it");
  return Replay{.recorded = std::move(*deliberation.end), .replayed = *progress.end()};
}

}  // namespace orc
