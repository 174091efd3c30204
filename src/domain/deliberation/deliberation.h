#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/deliberation/deliberation_plan.h"
#include "domain/deliberation/deliberation_request.h"
#include "domain/deliberation/deliberation_result.h"
#include "domain/deliberation/model_call.h"
#include "domain/strong_id.h"
#include "domain/time.h"

namespace orc {

enum class DeliberationStatus : std::uint8_t { running, completed, failed, cancelled };

// "running", "completed", "failed", "cancelled".
std::string_view to_word(DeliberationStatus status);
std::optional<DeliberationStatus> deliberation_status_from(std::string_view word);

// Why a deliberation ended before its last stage was through. Part of what a replay needs, as it comes from outside the record of calls.
enum class CutShort : std::uint8_t { no, by_time, by_cancel };

// What all finished calls of a deliberation have used.
struct Spending {
  std::int64_t calls = 0;  // with each attempt
  TokenUsage usage;
  std::int64_t cost_micros = 0;
  bool operator==(const Spending&) const = default;

  void add(const FinishedCall& call);
  void add(const Spending& other);
};

// How a deliberation ended.
struct DeliberationEnd {
  DeliberationStatus status = DeliberationStatus::completed;  // never running
  CutShort cut = CutShort::no;
  std::optional<DeliberationResult> decision;            // if completed: the answer (contract section 6)
  std::optional<MultiAgentDeliberationResult> together;  // if completed: what every agent gave
  std::string error;                                     // if not completed: a sentence
  bool operator==(const DeliberationEnd&) const = default;
};

// A deliberation as it is stored. A value.
struct Deliberation {
  std::string id;  // deliberation-{task_id}-{unix seconds}-{random}, with '_' for '/' and '\\' of the task id
  std::optional<UserId> owner;
  DeliberationRequest request;
  DeliberationPlan plan;
  Timestamp created_at{};
  std::optional<DeliberationEnd> end;  // nothing: it is running
  std::optional<Timestamp> ended_at;
  Spending spent;
  bool has_begun = false;  // calls of a stage are under way, or were; told while it runs

  DeliberationStatus status() const { return end ? end->status : DeliberationStatus::running; }
};

// About what it keeps in memory.
std::size_t bytes_of(const Deliberation& deliberation);

// The decision as clients are told it: with the metadata of the request's constraints beside its own, which wins where both have a name.
// Precondition: it has one.
DeliberationResult told_decision(const Deliberation& deliberation);

// "5m 30s", "2h 0m 1s", "42s": how long, as people read it; below a second "0s".
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace orc
