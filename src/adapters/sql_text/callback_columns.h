#pragma once

#include "adapters/sql_text/column_text.h"
#include "ports/callback_store.h"

namespace orc {

// Rows of claim_callbacks (due_callbacks in SQLite) and of callbacks_of_job (statements/callbacks.sql of either database), whose columns
// stand in the same order.
template <typename Row>
DueCallback due_callback_of(Row row) {
  return {.id = row.template as<CallbackId>(0),
          .number = row.template as<int>(1),
          .job = row.template as<JobId>(2),
          .owner = row.template as<UserId>(3),
          .url = row.text(4),
          .plugin_name = row.text(5),
          .plugin_version = row.text(6),
          .status = row.template as<JobStatus>(7),
          .error_message = row.maybe_text(8),
          .labels = labels_from_text(row.bytes(9)),
          .created_at = row.time(10),
          .ended_at = row.time(11)};
}

template <typename Row>
CallbackDelivery delivery_of(Row row) {
  CallbackDelivery delivery{.id = row.template as<CallbackId>(0),
                            .job = row.template as<JobId>(1),
                            .url = row.text(2),
                            .status = row.template as<JobStatus>(3),
                            .ended_at = row.time(4),
                            .state = row.template as<CallbackState>(5),
                            .tries = row.template as<int>(6),
                            .tried_at = row.maybe_time(7),
                            .next_try_at = {},
                            .answer_status = row.template maybe<int>(9),
                            .reason = row.text(10)};
  if (delivery.state == CallbackState::waiting) delivery.next_try_at = row.time(8);
  return delivery;
}

}  // namespace orc
