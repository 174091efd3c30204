#include "application/deliberation/replay_deliberation.h"

#include "domain/deliberation/deliberation_progress.h"

namespace orc {
namespace {

// What decisions say of their vote since some were stored that do not: it decides nothing.
void leave_out_words_of_later(DeliberationEnd& replayed, const DeliberationEnd& recorded) {
  if (!replayed.decision || !recorded.decision) return;
  const auto& stored = (*recorded.decision)->metadata;
  if (stored.contains("votes") || stored.contains("abstentions")) return;
  ResultFields fields = **replayed.decision;
  fields.metadata.erase("votes");
  fields.metadata.erase("abstentions");
  if (auto made = DeliberationResult::create(std::move(fields))) replayed.decision = std::move(*made);
}

}  // namespace

Result<Replay> replay(const RecordedDeliberation& recorded) {
  const Deliberation& deliberation = recorded.deliberation;
  if (!deliberation.end) return fail(ErrorCode::conflict, "the deliberation runs; it can be replayed once it has ended");
  DeliberationProgress progress(deliberation.request, deliberation.plan);
  for (const FinishedCall& call : recorded.calls) progress.apply(call);
  progress.cut_short(deliberation.end->cut);
  if (!progress.end()) return fail(ErrorCode::internal, "the record of the deliberation is not enough to end it");
  Replay both{.recorded = *deliberation.end, .replayed = *progress.end()};
  leave_out_words_of_later(both.replayed, both.recorded);
  return both;
}

}  // namespace orc
