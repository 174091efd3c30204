#include "application/deliberation/get_deliberation_status.h"

namespace orc {

Async<Deliberation> GetDeliberationStatus::run(std::string id) {
  auto found = co_await store_.get(id);
  const bool is_hidden = found ? found->owner.has_value() : found.error().code == ErrorCode::not_found;
  if (is_hidden) co_return fail(ErrorCode::not_found, "Deliberation " + id + " not found");
  co_return found;
}

}  // namespace orc
