#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "domain/deliberation/deliberation_plan.h"

namespace orc {

// The words of a plan's JSON form.
template <typename Enum, std::size_t size>
using WordTable = std::array<std::pair<Enum, std::string_view>, size>;

inline constexpr WordTable<OnError, 2> on_error_words = {{{OnError::fail, "fail"}, {OnError::skip_stage, "skip_stage"}}};
inline constexpr WordTable<EarlyStop, 3> early_stop_words = {
    {{EarlyStop::never, "never"}, {EarlyStop::safe_lead, "safe_lead"}, {EarlyStop::likely_lead, "likely_lead"}}};
inline constexpr WordTable<VoteRule, 3> vote_rule_words = {
    {{VoteRule::plurality, "plurality"}, {VoteRule::weighted, "weighted"}, {VoteRule::ranked, "ranked"}}};
inline constexpr WordTable<Extraction::Kind, 6> extraction_words = {{{Extraction::Kind::none, "none"},
                                                                     {Extraction::Kind::number, "number"},
                                                                     {Extraction::Kind::choice, "choice"},
                                                                     {Extraction::Kind::normalised_text, "normalised_text"},
                                                                     {Extraction::Kind::pattern, "pattern"},
                                                                     {Extraction::Kind::json_pointer, "json_pointer"}}};

template <typename Table, typename Enum>
std::string_view word_in(const Table& table, Enum wanted) {
  for (const auto& [one, word] : table)
    if (one == wanted) return word;
  return {};
}

template <typename Enum, std::size_t size>
std::optional<Enum> from_word(const WordTable<Enum, size>& table, std::string_view wanted) {
  for (const auto& [one, word] : table)
    if (word == wanted) return one;
  return {};
}

}  // namespace orc
