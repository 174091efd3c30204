#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/deliberation/agreement.h"

namespace orc {

// Tokens as the model server counts them. Additive.
struct TokenUsage {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t cached = 0;  // of `in`, those that the server had already
  bool operator==(const TokenUsage&) const = default;

  TokenUsage& operator+=(const TokenUsage& other);
};

inline constexpr std::int64_t reported_tokens_max = 1'000'000'000;  // of one attempt

// What a server says that it counted, as far as it can be: nothing below 0, nothing above reported_tokens_max, and no more cached than
// asked.
TokenUsage believable(const TokenUsage& reported);

// Which call of a deliberation: its stage and its agent by their places in the plan and the request, and which sample of that agent.
struct CallName {
  std::uint32_t stage = 0;
  std::uint32_t agent = 0;
  std::uint32_t sample = 0;
  bool operator==(const CallName&) const = default;
  auto operator<=>(const CallName&) const = default;
};

enum class CallOutcome : std::uint8_t {
  succeeded,
  failed,
  stopped,    // we hung up on it, as the others were enough, or left no room for it
  timed_out,  // we hung up on it, as the time of its deliberation was over: the first such record says that
  cancelled,  // we hung up on it, as its deliberation was cancelled: likewise
};

// "succeeded", "failed", "stopped", "timed_out", "cancelled".
std::string_view to_word(CallOutcome outcome);
// Whether it gave nothing though it was wanted. One that was stopped or cancelled has neither succeeded nor failed.
inline bool has_failed(CallOutcome outcome) { return outcome == CallOutcome::failed || outcome == CallOutcome::timed_out; }

inline constexpr std::size_t reasoning_bytes_max = 64 * 1024;  // its front is kept

// A call that has ended, as it is recorded: all that later steps, a restart and a replay may need to know of it.
struct FinishedCall {
  CallName name;
  CallOutcome outcome = CallOutcome::succeeded;
  std::string text;                   // what the model wrote; of a call that did not succeed, why
  std::string reasoning;              // what it told of how it came to `text`, where it tells that apart: up to reasoning_bytes_max
  std::optional<std::string> answer;  // what was extracted from `text`, where an extraction is set and found one
  std::optional<double> score;        // what a verifier gave, 0 to 1
  FinishReason finish = FinishReason::finished;
  int attempts = 1;                       // requests made for it, repeats and second ones too; 0: its server was left alone
  TokenUsage usage;                       // of all of them
  std::int64_t cost_micros = 0;           // millionths of the price table's currency
  std::chrono::milliseconds duration{0};  // of the call with all its attempts
  bool operator==(const FinishedCall&) const = default;
};

}  // namespace orc
