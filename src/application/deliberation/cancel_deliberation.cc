#include "application/deliberation/cancel_deliberation.h"

#include "application/deliberation/cancelling.h"

namespace orc {

Async<Deliberation> CancelDeliberation::run(Actor actor, std::string id) {
  auto found = co_await access_.mark(actor.principal, id);
  if (!found) co_return pass_on(found);
  if (found->status != DeliberationStatus::running) co_return fail(ErrorCode::conflict, "the deliberation has ended");
  if (auto cancelled = co_await cancel_deliberation(store_, signals_, id); !cancelled) co_return pass_on(cancelled);
  if (found->owner != actor.user()) {
    auto noted = co_await audit_.append(
        {.actor = actor.user(), .action = "deliberation.cancel", .subject = "deliberation " + id, .from = actor.from});
    if (!noted) co_return pass_on(noted);
  }
  co_return co_await store_.get(id);
}

}  // namespace orc
