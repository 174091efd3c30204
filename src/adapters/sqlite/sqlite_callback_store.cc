#include "adapters/sqlite/sqlite_callback_store.h"

#include "domain/assert.h"

namespace orc::sqlite {

Async<std::vector<DueCallback>> SqliteCallbackStore::claim(std::string origin, int count) {
  ORC_ASSERT(count >= 1 && count <= 1000);
  const auto look = [&](ReadSession& session) -> Result<bool> { return session.callbacks.some_is_due(origin, clock_.now()); };
  const auto is_due = readers_.here(look);
  if (!is_due) co_return std::unexpected(is_due.error());
  if (!*is_due) co_return std::vector<DueCallback>{};
  const auto take = [&](Timestamp now) -> Result<std::vector<DueCallback>> { return writes_.claim(origin, count, now); };
  co_return co_await writer_.run(take, static_cast<std::size_t>(count));
}

Async<void> SqliteCallbackStore::record(CallbackTry tried) {
  return writer_.run([this, tried = std::move(tried)](Timestamp now) -> Result<void> {
    writes_.record(tried, now);
    return {};
  });
}

Async<std::int64_t> SqliteCallbackStore::waiting() {
  return readers_.elsewhere([](ReadSession& session) -> Result<std::int64_t> { return session.callbacks.waiting(); });
}

Async<std::vector<CallbackDelivery>> SqliteCallbackStore::deliveries(JobId job) {
  co_return readers_.here([&](ReadSession& session) -> Result<std::vector<CallbackDelivery>> { return session.callbacks.of(job); });
}

}  // namespace orc::sqlite
