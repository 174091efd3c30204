#include "adapters/sqlite/callback_rows.h"

#include "adapters/sql_text/column_text.h"

namespace orc::sqlite {
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

CallbackWrites::CallbackWrites(Connection& connection, const StatementCatalog& catalog)
    : due_(catalog.prepare(connection, "due_callbacks")),
      begin_try_(catalog.prepare(connection, "begin_try")),
      record_try_(catalog.prepare(connection, "record_try")) {}

std::vector<DueCallback> CallbackWrites::claim(const std::string& origin, int count, Timestamp now) {
  std::vector<DueCallback> due;
  due_.for_each([&](Row row) { due.push_back(read_due(row)); }, origin, now, count);
  for (const DueCallback& one : due) begin_try_.execute(one.id, now, now + callback_lease);
  return due;
}

void CallbackWrites::record(const CallbackTry& tried, Timestamp now) {
  const Timestamp due = now + tried.wait.value_or(std::chrono::milliseconds{0});
  record_try_.execute(tried.id, tried.number, tried.state, due, tried.answer.status, tried.answer.reason);
}

CallbackQueries::CallbackQueries(Connection& connection, const StatementCatalog& catalog)
    : some_is_due_(catalog.prepare(connection, "some_callback_is_due")),
      waiting_(catalog.prepare(connection, "waiting_callbacks")),
      of_job_(catalog.prepare(connection, "callbacks_of_job")) {}

std::vector<CallbackDelivery> CallbackQueries::of(JobId job) {
  std::vector<CallbackDelivery> deliveries;
  of_job_.for_each([&](Row row) { deliveries.push_back(read_delivery(row)); }, job);
  return deliveries;
}

}  // namespace orc::sqlite
