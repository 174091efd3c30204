#include "domain/deliberation/deliberation.h"

#include <array>
#include <utility>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr std::array<std::pair<DeliberationStatus, std::string_view>, 4> status_words = {{{DeliberationStatus::running, "running"},
                                                                                          {DeliberationStatus::completed, "completed"},
                                                                                          {DeliberationStatus::failed, "failed"},
                                                                                          {DeliberationStatus::cancelled, "cancelled"}}};

}  // namespace

std::string_view to_word(DeliberationStatus status) {
  for (const auto& [one, word] : status_words)
    if (one == status) return word;
  return {};
}

std::optional<DeliberationStatus> deliberation_status_from(std::string_view word) {
  for (const auto& [status, one] : status_words)
    if (one == word) return status;
  return {};
}

std::string_view to_word(CallOutcome outcome) {
  switch (outcome) {
    case CallOutcome::succeeded:
      return "succeeded";
    case CallOutcome::failed:
      return "failed";
    case CallOutcome::stopped:
      return "stopped";
    case CallOutcome::timed_out:
      return "timed_out";
    case CallOutcome::cancelled:
      return "cancelled";
  }
  return {};
}

TokenUsage& TokenUsage::operator+=(const TokenUsage& other) {
  in += other.in;
  out += other.out;
  cached += other.cached;
  return *this;
}

void Spending::add(const FinishedCall& call) {
  calls += call.attempts;
  usage += call.usage;
  cost_micros += call.cost_micros;
}

void Spending::add(const Spending& other) {
  calls += other.calls;
  usage += other.usage;
  cost_micros += other.cost_micros;
}

DeliberationResult told_decision(const Deliberation& deliberation) {
  ORC_ASSERT(deliberation.end && deliberation.end->decision);
  ResultFields fields = **deliberation.end->decision;
  const auto& carried = deliberation.request->constraints->metadata;
  fields.metadata.insert(carried.begin(), carried.end());
  auto made = DeliberationResult::create(std::move(fields));
  ORC_ASSERT(made.has_value());
  return std::move(*made);
}

std::string duration_text(std::chrono::milliseconds duration) {
  const auto all = std::chrono::floor<std::chrono::seconds>(duration).count();
  const auto hours = all / 3600;
  const auto minutes = all / 60 % 60;
  std::string text;
  if (hours > 0) text += std::to_string(hours) + "h ";
  if (all >= 60) text += std::to_string(minutes) + "m ";
  return text + std::to_string(all % 60) + "s";
}

}  // namespace orc
