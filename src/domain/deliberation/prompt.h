#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/deliberation/deliberation_plan.h"
#include "domain/deliberation/deliberation_request.h"

namespace orc {

inline constexpr std::size_t prompt_bytes_max = 4 * 1024 * 1024;  // of an agent's own template, filled (attacks.md, L9)
inline constexpr std::size_t quoted_bytes_max = 8 * 1024;         // of one text of another agent (attacks.md, L8)
inline constexpr std::size_t quotations_bytes_max = 256 * 1024;   // of all of them in one prompt

// What is sent to a model. Whatever agents wrote stands in `user`, quoted, and nowhere else (attacks.md, L7).
struct Prompt {
  std::string system;
  std::string user;
  bool operator==(const Prompt&) const = default;
};

// A value for each placeholder: `{name}` in a template.
struct Placeholder {
  std::string_view name;
  std::string_view text;
};

// The template with its placeholders replaced, in one pass: what stands in a text is never taken for a placeholder. Braces with any other
// name stay as they are (attacks.md, L9).
std::string fill_template(std::string_view form, std::span<const Placeholder> placeholders);

// The text as a quotation: each line begins with "> ", so that no text can end its own quotation. Cut after quoted_bytes_max, and says so.
std::string quotation_of(std::string_view text);

// What the agents of a stage are shown of the others: the same for all, quoted. The answers have names where others speak of them.
struct StageMaterial {
  std::string proposals;
  std::string remarks;
};

// What an agent answered last.
struct OwnAnswer {
  std::string_view text;
  std::optional<std::size_t> place;  // among the proposals in play, whose name is shown
};

// `proposals` in the order of the request.
StageMaterial material_of(StageKind kind, const std::vector<std::string_view>& proposals, const std::vector<std::string_view>& remarks);

// The prompt of one agent in a stage that asks models. The system message and the beginning of the user message - the task, then the
// material - are the same bytes for all agents of a stage that see the same, so that a server can use its work on them again; what is the
// agent's own comes last. An agent's prompt_template replaces the words of the stage propose; one without {task} stands behind the task.
// Precondition: `kind` is propose, exchange, critique, revise, vote or aggregate.
Prompt prompt_of(StageKind kind, const DeliberationRequest& request, const AgentConfig& agent, const StageMaterial& material,
                 const OwnAnswer& own);

// How many bytes both messages of that prompt have, without making it.
std::size_t prompt_bytes_of(StageKind kind, const DeliberationRequest& request, const AgentConfig& agent, const StageMaterial& material,
                            const OwnAnswer& own);

// The ballot that the answer to the prompt of a ranked vote stands for: places of candidates, best first, out of the letters and '>' at the
// end of the last line with a '>'. Empty, an abstention, if there are none, or one that is no candidate or stands there twice.
std::vector<std::size_t> ranking_in(std::string_view text, std::size_t candidates);

// A to Z: more candidates than letters are not ranked, the first ones are.
inline constexpr std::size_t ranked_candidates_max = 26;

}  // namespace orc
