#include "adapters/postgres/postgres_callback_store.h"

#include "adapters/sql_text/callback_columns.h"
#include "domain/assert.h"

namespace orc::postgres {
Async<std::vector<DueCallback>> PostgresCallbackStore::claim(std::string origin, int count) {
  ORC_ASSERT(count >= 1 && count <= 1000);
  const auto is_due = co_await readers_.run([&origin, now = clock_.now()](Reading& reading) -> Result<bool> {
    return !reading.ask("some_callback_is_due", origin, now).empty();
  });
  if (!is_due) co_return std::unexpected(is_due.error());
  if (!*is_due) co_return std::vector<DueCallback>{};
  co_return co_await writer_.run(
      [origin = std::move(origin), count](Transaction& transaction, Timestamp now) -> Result<std::vector<DueCallback>> {
        std::vector<DueCallback> due;
        for (const Row row : transaction.ask("claim_callbacks", origin, now, count, now + callback_lease))
          due.push_back(due_callback_of(row));
        return due;
      });
}

Async<void> PostgresCallbackStore::record(CallbackTry tried) {
  return writer_.run([tried = std::move(tried)](Transaction& transaction, Timestamp now) -> Result<void> {
    const Timestamp due = now + tried.wait.value_or(std::chrono::milliseconds{0});
    transaction.send("record_try", tried.id, tried.number, tried.state, due, tried.answer.status, tried.answer.reason);
    return {};
  });
}

Async<std::int64_t> PostgresCallbackStore::waiting() {
  return readers_.run([](Reading& reading) -> Result<std::int64_t> { return reading.ask("waiting_callbacks")[0].integer(0); });
}

Async<std::vector<CallbackDelivery>> PostgresCallbackStore::deliveries(JobId job) {
  return readers_.run([job](Reading& reading) -> Result<std::vector<CallbackDelivery>> {
    std::vector<CallbackDelivery> deliveries;
    for (const Row row : reading.ask("callbacks_of_job", job)) deliveries.push_back(delivery_of(row));
    return deliveries;
  });
}

}  // namespace orc::postgres
