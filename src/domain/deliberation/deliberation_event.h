#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "domain/deliberation/model_call.h"
#include "domain/time.h"

namespace orc {

// Rises with the order in which events are stored, over all deliberations.
enum class EventId : std::int64_t {};

// Texts that models write are told at most so often for each call.
inline constexpr std::chrono::milliseconds delta_interval{250};

enum class EventKind : std::uint8_t {
  begun,   // it was taken in
  phase,   // a stage's calls that have not ended are begun; after a restart of the service, begun anew
  delta,   // a model has written so much more
  answer,  // a call has ended, well or badly
  scores,  // each agent's score, once all are known
  ended,
};

// Something that has happened in a deliberation, as little as tells it together with the deliberation and its calls. A value.
struct DeliberationEvent {
  EventKind kind = EventKind::begun;
  CallName call;     // delta, answer; of a phase its stage alone
  int attempt = 0;   // delta: which time this text is begun, from 1; a higher one stands for all that was told before
  int part = 0;      // delta: from 1 in each attempt; a first one stands for all that was told before
  std::string text;  // delta
  bool operator==(const DeliberationEvent&) const = default;
};

// An event as it is stored, with the record of the call that it tells of. A value.
struct StoredEvent {
  EventId id{};
  std::string deliberation;
  std::int64_t n = 0;  // from 1 in each deliberation, without a gap
  Timestamp at{};
  DeliberationEvent event;
  std::optional<FinishedCall> call;  // answer; without its reasoning
  bool operator==(const StoredEvent&) const = default;
};

// Of its text and that of its call.
inline std::size_t text_bytes_of(const StoredEvent& event) { return event.event.text.size() + (event.call ? event.call->text.size() : 0); }

}  // namespace orc
