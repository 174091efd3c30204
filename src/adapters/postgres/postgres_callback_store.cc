#include "adapters/postgres/postgres_callback_store.h"

#include "adapters/sql_text/column_text.h"
#include "domain/assert.h"

namespace orc::postgres {
namespace {

DueCallback read_due(Row row) {
  return {.id = row.as<CallbackId>(0),
          .number = row.as<int>(1),
          .job = row.as<JobId>(2),
          .owner = row.as<UserId>(3),
          .url = row.text(4),
          .plugin_name = row.text(5),
          .plugin_version = row.text(6),
          .status = row.as<JobStatus>(7),
          .error_message = row.maybe_text(8),
          .labels = labels_from_text(row.bytes(9)),
          .created_at = row.time(10),
          .ended_at = row.time(11)};
}

CallbackDelivery read_delivery(Row row) {
  CallbackDelivery delivery{.id = row.as<CallbackId>(0),
                            .job = row.as<JobId>(1),
                            .url = row.text(2),
                            .status = row.as<JobStatus>(3),
                            .ended_at = row.time(4),
                            .state = row.as<CallbackState>(5),
                            .tries = row.as<int>(6),
                            .tried_at = row.maybe_time(7),
                            .next_try_at = {},
                            .answer_status = row.maybe<int>(9),
                            .reason = row.text(10)};
  if (delivery.state == CallbackState::waiting) delivery.next_try_at = row.time(8);
  return delivery;
}

}  // namespace

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
        for (const Row row : transaction.ask("claim_callbacks", origin, now, count, now + callback_lease)) due.push_back(read_due(row));
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
    for (const Row row : reading.ask("callbacks_of_job", job)) deliveries.push_back(read_delivery(row));
    return deliveries;
  });
}

}  // namespace orc::postgres
