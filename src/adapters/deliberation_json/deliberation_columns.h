#pragma once

#include "adapters/deliberation_json/deliberation_text.h"
#include "domain/deliberation/deliberation_event.h"
#include "ports/deliberation_store.h"

namespace orc {

// Rows of a deliberation, of one of its calls, of one of its events and of usage (statements/deliberations.sql and events.sql of either
// database), whose columns stand in the same order.
template <typename Row>
Result<Deliberation> deliberation_of(Row row) {
  return deliberation_from({.id = row.text(1),
                            .owner = row.template maybe<UserId>(2),
                            .preset = row.text(3),
                            .request = row.bytes(4),
                            .plan = row.bytes(5),
                            .outcome = row.is_null(6) ? std::nullopt : std::optional(row.bytes(6)),
                            .created_at = row.time(7),
                            .ended_at = row.maybe_time(8),
                            .spent = {.calls = row.integer(9),
                                      .usage = {.in = row.integer(10), .out = row.integer(11), .cached = row.integer(12)},
                                      .cost_micros = row.integer(13)},
                            .has_begun = row.integer(14) != 0});
}

template <typename Row>
DeliberationMark deliberation_mark_of(Row row) {
  return {.owner = row.template maybe<UserId>(0),
          .status = row.template as<DeliberationStatus>(1),
          .bytes = row.integer(2),
          .call_bytes = row.integer(3)};
}

template <typename Row>
RunningJob running_job_of(Row row) {
  return {.id = row.text(0), .task_id = row.text(1), .role = row.text(2), .created_at = row.time(3), .has_begun = row.integer(4) != 0};
}

// What every reader of a call needs: all but its reasoning.
template <typename Row>
FinishedCall finished_call_of(Row row) {
  return {.name = {.stage = row.template as<std::uint32_t>(0),
                   .agent = row.template as<std::uint32_t>(1),
                   .sample = row.template as<std::uint32_t>(2)},
          .outcome = row.template as<CallOutcome>(3),
          .text = row.text(4),
          .answer = row.maybe_text(5),
          .score = row.is_null(6) ? std::nullopt : std::optional(row.real(6)),
          .finish = row.template as<FinishReason>(7),
          .attempts = row.template as<int>(13),
          .usage = {.in = row.integer(8), .out = row.integer(9), .cached = row.integer(10)},
          .cost_micros = row.integer(11),
          .duration = std::chrono::milliseconds{row.integer(12)}};
}

template <typename Row>
FinishedCall whole_call_of(Row row) {
  FinishedCall call = finished_call_of(row);
  call.reasoning = row.text(14);
  return call;
}

// Of an event that is no answer the columns of the call are NULL; they stand first.
template <typename Row>
StoredEvent stored_event_of(Row row) {
  return {.id = row.template as<EventId>(14),
          .deliberation = row.text(15),
          .n = row.integer(16),
          .at = row.time(17),
          .event = {.kind = row.template as<EventKind>(18),
                    .call = {.stage = row.template as<std::uint32_t>(19),
                             .agent = row.template as<std::uint32_t>(20),
                             .sample = row.template as<std::uint32_t>(21)},
                    .attempt = row.template as<int>(22),
                    .part = row.template as<int>(23),
                    .text = row.text(24)},
          .call = row.is_null(0) ? std::nullopt : std::optional(finished_call_of(row))};
}

template <typename Row>
DeliberationUsage deliberation_usage_of(Row row) {
  return {.deliberations = row.integer(0),
          .account = {.spent = {.calls = row.integer(1),
                                .usage = {.in = row.integer(3), .out = row.integer(4), .cached = row.integer(5)},
                                .cost_micros = row.integer(6)},
                      .failed = row.integer(2),
                      .time = std::chrono::milliseconds{row.integer(7)}}};
}

}  // namespace orc
