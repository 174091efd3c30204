#include "application/deliberation/deliberation_access.h"

namespace orc {

Async<Deliberation> DeliberationAccess::get(const Principal& who, std::string id) {
  auto found = co_await store_.get(std::move(id));
  if (!found) co_return pass_on(found);
  if (found->owner != who.user && !who.is_admin())
    co_return fail(ErrorCode::permission_denied, "Not authorized to access this deliberation");
  co_return found;
}

Async<RecordedDeliberation> DeliberationAccess::with_calls(const Principal& who, std::string id) {
  auto deliberation = co_await get(who, id);
  if (!deliberation) co_return pass_on(deliberation);
  auto calls = co_await store_.calls(std::move(id));
  if (!calls) co_return pass_on(calls);
  co_return RecordedDeliberation{.deliberation = std::move(*deliberation), .calls = std::move(*calls)};
}

Async<DeliberationPage> DeliberationAccess::list(const Principal& who, DeliberationFilter filter) {
  if (filter.owner != who.user && !who.is_admin()) co_return fail(ErrorCode::permission_denied, "Insufficient permissions");
  co_return co_await store_.list(filter);
}

Async<DeliberationUsage> DeliberationAccess::usage(const Principal& who, std::optional<UserId> owner) {
  if (owner != who.user && !who.is_admin()) co_return fail(ErrorCode::permission_denied, "Insufficient permissions");
  co_return co_await store_.usage(owner);
}

}  // namespace orc
