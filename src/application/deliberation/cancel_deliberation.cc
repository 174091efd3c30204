#include "application/deliberation/cancel_deliberation.h"

namespace orc {

Async<Deliberation> CancelDeliberation::run(Actor actor, std::string id) {
  const auto found = co_await access_.get(actor.principal, id);
  if (!found) co_return std::unexpected(found.error());
  if (!found->end) co_await signals_.hang_up(id);
  auto ended = co_await store_.end(id, {.status = DeliberationStatus::cancelled,
                                        .cut = CutShort::by_cancel,
                                        .decision = {},
                                        .together = {},
                                        .error = "the deliberation was cancelled"});
  if (ended) {
    signals_.ended(id);  // of another process, or late
  } else {
    const auto now = co_await store_.get(id);
    const bool is_done = !found->end && now && now->status() == DeliberationStatus::cancelled;
    if (!is_done) co_return pass_on(ended);
  }
  if (found->owner != actor.user()) {
    auto noted = co_await audit_.append(
        {.actor = actor.user(), .action = "deliberation.cancel", .subject = "deliberation " + id, .from = actor.from});
    if (!noted) co_return pass_on(noted);
  }
  co_return co_await store_.get(id);
}

}  // namespace orc
