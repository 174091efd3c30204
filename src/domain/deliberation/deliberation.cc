#include "domain/deliberation/deliberation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr std::array<std::pair<DeliberationStatus, std::string_view>, 4> status_words = {{{DeliberationStatus::running, "running"},
                                                                                          {DeliberationStatus::completed, "completed"},
                                                                                          {DeliberationStatus::failed, "failed"},
                                                                                          {DeliberationStatus::cancelled, "cancelled"}}};

std::size_t told_bytes_of(const DeliberationResult& result) { return result->proposal.size() + result->reasoning.size(); }

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

TokenUsage believable(const TokenUsage& reported) {
  const auto within = [](std::int64_t tokens) { return std::clamp<std::int64_t>(tokens, 0, reported_tokens_max); };
  return {.in = within(reported.in), .out = within(reported.out), .cached = std::min(within(reported.cached), within(reported.in))};
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

std::size_t bytes_of(const Deliberation& deliberation) {
  constexpr std::size_t of_each = 256;  // names, and what holds them together
  const DeliberationRequestFields& request = *deliberation.request;
  std::size_t bytes = of_each * (8 + request.agents.size()) + request.task_description.size();
  for (const AgentConfig& agent : request.agents) bytes += agent->prompt_template.value_or("").size();
  for (const auto& [name, value] : request.constraints->metadata) bytes += name.size() + value.size();
  if (deliberation.end && deliberation.end->decision) bytes += told_bytes_of(*deliberation.end->decision);
  if (deliberation.end && deliberation.end->together)
    for (const DeliberationResult& one : (*deliberation.end->together)->results) bytes += of_each + told_bytes_of(one);
  return bytes;
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
