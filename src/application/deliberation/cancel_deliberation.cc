#include "application/deliberation/cancel_deliberation.h"

namespace orc {

Async<Deliberation> CancelDeliberation::run(Principal who, std::string id) {
  auto found = co_await store_.get(id);
  if (!found) co_return pass_on(found);
  if (!who.is_admin() && found->owner != who.user)
    co_return fail(ErrorCode::permission_denied, "Not authorized to access this deliberation");
  auto ended = co_await store_.end(id, {.status = DeliberationStatus::cancelled,
                                        .cut = CutShort::by_cancel,
                                        .decision = {},
                                        .together = {},
                                        .error = "the deliberation was cancelled"});
  if (!ended) co_return pass_on(ended);
  signals_.ended(id);
  co_return co_await store_.get(id);
}

}  // namespace orc
