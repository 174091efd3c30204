#pragma once

#include <cstdint>
#include <optional>

#include "domain/deliberation/deliberation.h"
#include "domain/deliberation/prompt.h"

namespace orc {

// The most that a question can use: every byte may be a token, and a server adds a few for the roles. Far above what it will be, since a
// budget that was refused before the call must hold after it, whatever tokens the server makes of the text.
TokenUsage usage_at_most(std::size_t prompt_bytes, std::int64_t answer_tokens);
TokenUsage usage_at_most(const Prompt& prompt, std::int64_t answer_tokens);

enum class BudgetPart : std::uint8_t { calls, tokens, money };

// SpendingRoom is what a budget leaves for further calls.
class SpendingRoom {
 public:
  SpendingRoom(const Budget& budget, const Spending& spent);

  // Whether tokens or money are limited at all.
  bool is_bounded_by_tokens() const { return tokens_ || cost_micros_; }

  // What is too little for one more attempt that may use so much; nothing: there is room for it.
  std::optional<BudgetPart> lack(const TokenUsage& usage, std::int64_t cost_micros) const;

  // Puts one more attempt aside that may use so much. False, and nothing put aside, if there is no room for it.
  bool take(const TokenUsage& usage, std::int64_t cost_micros);

  // The same of one that is under way in any case: what is left may be less than nothing.
  void put_aside(const TokenUsage& usage, std::int64_t cost_micros);

 private:
  std::int64_t calls_;
  std::optional<std::int64_t> tokens_;
  std::optional<std::int64_t> cost_micros_;
};

}  // namespace orc
