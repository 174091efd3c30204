#include "application/deliberation/replay_deliberation.h"

#include <array>
#include <string_view>
#include <utility>

#include "domain/deliberation/deliberation_progress.h"

namespace orc {
namespace {

// What ends tell since some were stored that do not: it decides nothing.
constexpr std::array<const char*, 5> words_of_later = {"votes", "abstentions", "skipped", "unverified", "verdict"};

DeliberationResult without_words_of_later(const DeliberationResult& replayed, const DeliberationResult& recorded) {
  ResultFields fields = *replayed;
  for (const char* const name : words_of_later)
    if (!recorded->metadata.contains(name)) fields.metadata.erase(name);
  auto made = DeliberationResult::create(std::move(fields));
  if (!made) return replayed;
  return std::move(*made);
}

// That a stage had too few successful calls was told in other words.
bool is_told_as_before(std::string_view error) {
  return error.starts_with("the stage ") ||
         ((error.starts_with("budget: ") || error.starts_with("timeout: ")) && error.contains(" the stage "));
}

void leave_out_words_of_later(DeliberationEnd& replayed, const DeliberationEnd& recorded) {
  if (!replayed.error.empty() && is_told_as_before(recorded.error)) replayed.error = recorded.error;
  if (replayed.decision && recorded.decision) replayed.decision = without_words_of_later(*replayed.decision, *recorded.decision);
  if (!replayed.together || !recorded.together || (*replayed.together)->results.size() != (*recorded.together)->results.size()) return;
  MultiAgentFields together = **replayed.together;
  for (std::size_t i = 0; i < together.results.size(); ++i)
    together.results[i] = without_words_of_later(together.results[i], (*recorded.together)->results[i]);
  if (auto made = MultiAgentDeliberationResult::create(std::move(together))) replayed.together = std::move(*made);
}

}  // namespace

Result<Replay> replay(RecordedDeliberation recorded) {
  Deliberation& deliberation = recorded.deliberation;
  if (!deliberation.end) return fail(ErrorCode::conflict, "the deliberation runs; it can be replayed once it has ended");
  DeliberationProgress progress(deliberation.request, deliberation.plan);
  for (FinishedCall& call : recorded.calls) progress.apply(std::exchange(call, {}));
  progress.cut_short(deliberation.end->cut);
  if (!progress.end()) return fail(ErrorCode::internal, "the record of the deliberation is not enough to end it");
  Replay both{.recorded = std::move(*deliberation.end), .replayed = *progress.end()};
  leave_out_words_of_later(both.replayed, both.recorded);
  return both;
}

}  // namespace orc
