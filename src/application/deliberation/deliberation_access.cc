#include "application/deliberation/deliberation_access.h"

namespace orc {

std::unexpected<Error> no_room() {
  return fail(ErrorCode::unavailable, "The bodies and answers in flight leave no room for this one; try again later.");
}

Async<DeliberationMark> DeliberationAccess::mark(const Principal& who, std::string id) {
  auto found = co_await store_.mark(std::move(id));
  if (!found) co_return pass_on(found);
  if (found->owner != who.user && !who.is_admin())
    co_return fail(ErrorCode::permission_denied, "Not authorized to access this deliberation");
  co_return found;
}

Async<Deliberation> DeliberationAccess::get(const Principal& who, std::string id, TakeRoom take_room) {
  auto found = co_await mark(who, id);
  if (!found) co_return pass_on(found);
  if (!take_room(found->bytes)) co_return no_room();
  co_return co_await store_.get(std::move(id));
}

Async<RecordedDeliberation> DeliberationAccess::with_calls(const Principal& who, std::string id, TakeRoom take_room) {
  auto found = co_await mark(who, id);
  if (!found) co_return pass_on(found);
  if (!take_room(found->bytes + found->call_bytes)) co_return no_room();
  auto deliberation = co_await store_.get(id);
  if (!deliberation) co_return pass_on(deliberation);
  auto calls = co_await store_.calls(std::move(id));
  if (!calls) co_return pass_on(calls);
  co_return RecordedDeliberation{.deliberation = std::move(*deliberation), .calls = std::move(*calls)};
}

Async<DeliberationPage> DeliberationAccess::list(const Principal& who, DeliberationFilter filter, TakeRoom take_room) {
  if (filter.owner != who.user && !who.is_admin()) co_return fail(ErrorCode::permission_denied, "Insufficient permissions");
  auto bytes = co_await store_.page_bytes(filter);
  if (!bytes) co_return pass_on(bytes);
  if (!take_room(*bytes)) co_return no_room();
  co_return co_await store_.list(filter);
}

Async<DeliberationUsage> DeliberationAccess::usage(const Principal& who, std::optional<UserId> owner) {
  if (owner != who.user && !who.is_admin()) co_return fail(ErrorCode::permission_denied, "Insufficient permissions");
  co_return co_await store_.usage(owner);
}

}  // namespace orc
