#include "application/deliberation/get_deliberation_status.h"

namespace orc {

Async<Deliberation> GetDeliberationStatus::run(std::string id) {
  auto found = co_await store_.get(id);
  if (!found && found.error().code == ErrorCode::not_found) co_return fail(ErrorCode::not_found, "Deliberation " + id + " not found");
  co_return found;
}

}  // namespace orc
