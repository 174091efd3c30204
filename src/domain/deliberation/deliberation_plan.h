#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/checked.h"
#include "domain/deliberation/vote.h"
#include "domain/field_fault.h"

namespace orc {

// Caps of one plan (attacks.md, L10).
inline constexpr std::size_t deliberation_stages_max = 32;
inline constexpr std::uint32_t samples_max = 64;                // of one agent in one stage
inline constexpr std::int64_t deliberation_calls_max = 10'000;  // of all stages together
inline constexpr std::int64_t answer_tokens_max = 1'000'000;    // of one call
inline constexpr std::size_t endpoints_max = 100;               // of one model
inline constexpr double temperature_max = 2;
inline constexpr double diversity_factor = 1.3;
inline constexpr std::size_t extraction_pattern_bytes_max = 4096;

// What a stage does. Those that call models ask each of their agents; the others only count.
enum class StageKind : std::uint8_t {
  propose,    // each agent answers the task; its answers are the proposals from now on
  exchange,   // each agent sees the others' proposals and answers anew
  critique,   // each agent says what is wrong with the proposals; they stay
  revise,     // each agent sees its proposal and what was said of the proposals, and answers anew
  score,      // no call: each proposal is scored by how far the others agree with it
  vote,       // no call but with VoteRule::ranked, where each agent ranks the proposals: the scores are shares of the votes
  verify,     // a plugin scores each proposal
  aggregate,  // its first agent makes one answer out of the proposals, which is the only proposal from now on
  escalate,   // no call: the deliberation ends here if the proposals agree well enough
};

// What follows when a stage has fewer successful calls than its quorum.
enum class OnError : std::uint8_t {
  fail,        // the deliberation fails
  skip_stage,  // the proposals stay as they were before it
};

// When a stage that asks models stops before all have answered.
enum class EarlyStop : std::uint8_t {
  never,
  safe_lead,    // when the vote on the answers cannot turn any more
  likely_lead,  // when the leader is the better liked one with probability `confidence` (lead_posterior)
};

struct Stage {
  StageKind kind = StageKind::propose;
  std::vector<std::string> agents;  // ids; empty: all of the request
  std::uint32_t samples = 1;        // propose: answers of each agent
  std::size_t quorum = 1;           // successful calls, of the stages that have any; escalate: proposals that can agree
  OnError on_error = OnError::fail;
  EarlyStop stop = EarlyStop::never;    // propose, exchange, revise, and a vote that is ranked
  VoteRule rule = VoteRule::plurality;  // vote, and the early stop
  double confidence = 0.99;             // likely_lead
  double agreement_min = 1;             // escalate: ends if the best liked answer has this share of the proposals, 0 to 1
  std::string plugin;                   // verify: its name
  bool operator==(const Stage&) const = default;
};

// How the answer is found in what a model wrote, so that two answers can be compared.
struct Extraction {
  enum class Kind : std::uint8_t {
    none,             // answers are not compared but as whole texts
    number,           // the last number; 1,000.50, 1000.5 and 1.0005e3 are one
    choice,           // the last letter of a choice that stands alone: A to Z
    normalised_text,  // all of it, in lower case without punctuation
    pattern,          // `detail` is a regular expression (RE2): its first group, or all of it, of the last match
    json_pointer,     // `detail` is a JSON pointer into the last JSON value of the text
  };
  Kind kind = Kind::none;
  std::string detail;
  bool operator==(const Extraction&) const = default;
};

// What a deliberation may use up at most. A call is refused before it is made if it could go beyond, and so is each repeat of one; what
// they did use is counted after.
struct Budget {
  std::int64_t calls = deliberation_calls_max;  // each attempt is one
  std::optional<std::int64_t> tokens;           // in and out
  std::optional<std::int64_t> cost_micros;
  std::optional<std::chrono::seconds> time;  // beside the request's timeout; the shorter one holds
  bool operator==(const Budget&) const = default;
};

// Millionths of one currency for a million tokens: so that a token costs `in` / 1,000,000 millionths.
struct Price {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t cached = 0;  // instead of `in`
  bool operator==(const Price&) const = default;
};

// What an agent has of its own.
struct AgentOptions {
  std::optional<std::string> endpoint;  // instead of the request's vllm_url
  std::optional<double> temperature;    // 0 to 2
  std::optional<std::int64_t> seed;
  double weight = 1;  // above 0; of its vote where the rule is weighted
  bool operator==(const AgentOptions&) const = default;
};

struct PlanFields {
  std::string preset = "independent";  // its name; "custom" where stages were given
  std::vector<Stage> stages;
  Extraction extraction;
  Budget budget;
  std::vector<std::string> endpoints;          // that serve the same models as the request's vllm_url, beside it
  std::map<std::string, Price> prices;         // by model; one that is not here costs nothing
  std::map<std::string, AgentOptions> agents;  // by id
  double temperature = 0.7;                    // of agents that have none of their own
  bool is_diverse = false;                     // every temperature counts diversity_factor times (contract section 9)
  std::optional<std::int64_t> seed;            // likewise; sample n of an agent gets seed + n
  std::int64_t answer_tokens = 2048;           // of one call at most
  bool operator==(const PlanFields&) const = default;
};
// All that is wrong, each with its place in a request, with which its sentence begins; fault_of() tells the first.
std::vector<FieldFault> faults_of(const PlanFields& plan);
std::optional<std::string> fault_of(const PlanFields& plan);

// Where a client finds what a stage of his plan has: of a preset the stages are its own, and its options have names of their own.
FieldPlace place_of_option(const PlanFields& plan, std::size_t stage, std::string_view of_preset, std::string_view of_stage);
// "options.stages.0.quorum".
std::string text_of(const FieldPlace& place);

// DeliberationPlan is a small program of stages, run from the first to the last.
using DeliberationPlan = Checked<PlanFields>;

inline constexpr std::array<std::pair<StageKind, std::string_view>, 9> stage_words = {{{StageKind::propose, "propose"},
                                                                                       {StageKind::exchange, "exchange"},
                                                                                       {StageKind::critique, "critique"},
                                                                                       {StageKind::revise, "revise"},
                                                                                       {StageKind::score, "score"},
                                                                                       {StageKind::vote, "vote"},
                                                                                       {StageKind::verify, "verify"},
                                                                                       {StageKind::aggregate, "aggregate"},
                                                                                       {StageKind::escalate, "escalate"}}};
std::string_view to_word(StageKind kind);
std::optional<StageKind> stage_kind_from(std::string_view word);

}  // namespace orc
