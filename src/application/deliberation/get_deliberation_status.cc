#include "application/deliberation/get_deliberation_status.h"

namespace orc {

Async<Deliberation> GetDeliberationStatus::run(std::string id, TakeRoom take_room) {
  auto mark = co_await store_.mark(id);
  const bool is_hidden = mark ? mark->owner.has_value() : mark.error().code == ErrorCode::not_found;
  if (is_hidden) co_return fail(ErrorCode::not_found, "Deliberation " + id + " not found");
  if (!mark) co_return pass_on(mark);
  if (!take_room(mark->bytes)) co_return no_room();
  co_return co_await store_.get(std::move(id));
}

}  // namespace orc
