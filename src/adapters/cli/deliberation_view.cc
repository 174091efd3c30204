#include "adapters/cli/deliberation_view.h"

#include <cstdio>
#include <map>
#include <ostream>

#include "adapters/cli/api_client.h"
#include "adapters/cli/job_view.h"

namespace orc {
namespace {

// What the record of calls says of one agent.
struct AgentSoFar {
  int succeeded = 0;
  int failed = 0;
  int stopped = 0;
  std::string latest;  // text of the latest call that says something, or its error
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
};

std::int64_t tokens_at(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  return value ? value->as_int64().value_or(0) : 0;
}

std::string figure_text(const char* format, double number) {
  char text[32];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

std::map<std::string, AgentSoFar> agents_in(JsonValue calls) {
  std::map<std::string, AgentSoFar> agents;
  for (const JsonValue call : calls.elements()) {
    AgentSoFar& agent = agents[text_of(call, "agent_id")];
    const std::string outcome = text_of(call, "outcome");
    const bool has_succeeded = outcome == "succeeded";
    const bool was_stopped = outcome == "stopped" || outcome == "cancelled";
    ++(has_succeeded ? agent.succeeded : was_stopped ? agent.stopped : agent.failed);
    const std::string said = text_of(call, has_succeeded ? "text" : "error_message");
    if (!said.empty() && (!was_stopped || agent.latest.empty())) agent.latest = said;
    agent.tokens_in += tokens_at(call, "tokens_in");
    agent.tokens_out += tokens_at(call, "tokens_out");
  }
  return agents;
}

// What ended the asking before all were asked, as the decision says, or the failure.
enum class Ender : std::uint8_t { nothing, budget, time };

bool is_reached(JsonValue deliberation, std::string_view bound) {
  const auto result = deliberation.find("result");
  const auto metadata = result && result->is_object() ? result->find("metadata") : std::nullopt;
  return metadata && text_of(*metadata, bound) == "reached";
}

Ender ender_of(JsonValue deliberation) {
  const std::string error = text_of(deliberation, "error_message");
  if (is_reached(deliberation, "timeout") || error.starts_with("timeout:")) return Ender::time;
  if (is_reached(deliberation, "budget") || error.starts_with("budget:")) return Ender::budget;
  return Ender::nothing;
}

Cell state_of_who_was_not_asked(Ender ender) {
  switch (ender) {
    case Ender::nothing:
      return {"not needed", Colour::grey};
    case Ender::budget:
      return {"no budget", Colour::yellow};
    case Ender::time:
      return {"no time", Colour::yellow};
  }
  return {};
}

// What one should know of a decision that was made of less than was planned; empty: nothing.
std::string words_of_bounds(JsonValue deliberation) {
  std::string words;
  if (is_reached(deliberation, "budget")) words += "The budget was reached: the calls that it had no room for were not made.\n";
  if (is_reached(deliberation, "timeout")) words += "The time was over: the decision is made of the answers that had come.\n";
  return words;
}

Cell state_of_agent(const AgentSoFar& agent, std::string_view status, Ender ender) {
  if (agent.succeeded > 0) return {"answered", Colour::green};
  if (agent.failed > 0) return {"failed", Colour::red};
  if (agent.stopped > 0) return {"stopped", Colour::grey};
  if (!has_ended(status)) return {"waiting", Colour::yellow};
  return state_of_who_was_not_asked(ender);
}

Colour colour_of_deliberation(std::string_view status) { return status == "running" ? Colour::blue : colour_of_status(status); }

// Of the agents that are in the results.
std::map<std::string, JsonValue> results_by_agent(JsonValue deliberation) {
  std::map<std::string, JsonValue> results;
  if (const auto list = deliberation.find("results"))
    for (const JsonValue result : list->elements()) results.emplace(text_of(result, "agent_id"), result);
  return results;
}

std::string model_of_agent(JsonValue agent, JsonValue request) {
  const auto own = request.find("per_agent_models");
  return own && own->as_boolean().value_or(false) ? text_of(agent, "model") : text_of(request, "vllm_model");
}

// What one should know of a vote that no majority decided; empty: nothing.
std::string words_of_vote(JsonValue deliberation, JsonValue result, JsonValue metadata) {
  const std::string votes = text_of(metadata, "votes");
  const auto score = result.find("score");
  std::string words;
  if (votes == "tied") words = "The vote was tied: of the answers with most votes the first one stands.\n";
  // One vote is a majority where its weight is: then the score, its share of all votes, says so.
  const bool has_majority = text_of(metadata, "score_method") == "vote" && score && score->as_double().value_or(0) > 0.5;
  if (votes == "all_differ" && !has_majority) {
    const auto options = deliberation.find("options");
    const auto extract = options ? options->find("extract") : std::nullopt;
    const bool compares_whole_texts = extract && text_of(*extract, "kind") == "none";
    words =
        std::string("No two answers were equal, so no majority decided") +
        (compares_whole_texts ? ". Whole texts were compared: --extract number, choice or normalised_text says what of them counts" : "") +
        ".\n";
  }
  if (const std::string abstentions = text_of(metadata, "abstentions"); !abstentions.empty())
    words += "Abstentions: " + printable(abstentions) + ".\n";
  return words;
}

}  // namespace

Table table_of_deliberations(JsonValue items) {
  Table table({{.title = "ID"},
               {.title = "PRESET"},
               {.title = "STATUS"},
               {.title = "CREATED"},
               {.title = "TOOK", .align = Align::right},
               {.title = "CALLS", .align = Align::right},
               {.title = "DECISION", .width = Column::Width::may_shrink}});
  for (const JsonValue one : items.elements()) {
    const std::string status = text_of(one, "status");
    const auto result = one.find("result");
    const auto usage = one.find("usage");
    const std::string decision = result && result->is_object() ? text_of(*result, "proposal") : text_of(one, "error_message");
    table.add({{text_of(one, "deliberation_id")},
               {text_of(one, "preset")},
               {status, colour_of_deliberation(status)},
               {short_time(text_of(one, "created_at"))},
               {duration_between(text_of(one, "created_at"), text_of(one, "ended_at"))},
               {usage ? text_of(*usage, "calls") : ""},
               {decision}});
  }
  return table;
}

Table table_of_agents(JsonValue deliberation) {
  Table table({{.title = "AGENT"},
               {.title = "MODEL", .width = Column::Width::may_shrink},
               {.title = "STATE"},
               {.title = "SCORE", .align = Align::right},
               {.title = "TOKENS", .align = Align::right},
               {.title = "ANSWER", .width = Column::Width::may_shrink}});
  const auto request = deliberation.find("request");
  const auto agents = request ? request->find("agents") : std::nullopt;
  if (!agents) return table;
  const auto calls = deliberation.find("calls");
  auto so_far = calls ? agents_in(*calls) : std::map<std::string, AgentSoFar>{};
  const auto results = results_by_agent(deliberation);
  const Ender ender = ender_of(deliberation);
  for (const JsonValue agent : agents->elements()) {
    const std::string id = text_of(agent, "id");
    const AgentSoFar& said = so_far[id];
    const auto result = results.find(id);
    std::string score;
    if (result != results.end())
      if (const auto number = result->second.find("score")) score = figure_text("%.2f", number->as_double().value_or(0));
    table.add({{id},
               {model_of_agent(agent, *request)},
               state_of_agent(said, text_of(deliberation, "status"), ender),
               {score},
               {std::to_string(said.tokens_in + said.tokens_out)},
               {result == results.end() ? said.latest : text_of(result->second, "proposal")}});
  }
  return table;
}

std::string words_of_cost(JsonValue deliberation) {
  const auto usage = deliberation.find("usage");
  if (!usage) return "";
  std::string words =
      text_of(*usage, "calls") + " calls, " + text_of(*usage, "tokens_in") + " tokens in, " + text_of(*usage, "tokens_out") + " out";
  const auto money = usage->find("money");
  if (const double sum = money ? money->as_double().value_or(0) : 0; sum > 0) words += ", " + figure_text("%.6f", sum) + " in money";
  const std::string took = duration_between(text_of(deliberation, "created_at"), text_of(deliberation, "ended_at"));
  return took.empty() ? words : words + ", " + took;
}

void print_deliberation(ClientContext& context, JsonValue deliberation) {
  const std::string status = text_of(deliberation, "status");
  context.out << coloured(context.terminal, Colour::grey, text_of(deliberation, "deliberation_id")) << "  "
              << text_of(deliberation, "preset") << "  " << coloured(context.terminal, colour_of_deliberation(status), status) << "\n\n";
  table_of_agents(deliberation).print(context.out, context.terminal);
  context.out << "\n";
  if (const auto result = deliberation.find("result"); result && result->is_object()) {
    const auto metadata = result->find("metadata");
    const std::string method = metadata ? text_of(*metadata, "score_method") : "";
    context.out << coloured(context.terminal, Colour::bold, "Decision") << " of " << printable(text_of(*result, "agent_id"))
                << (method.empty() || method == "none" ? "" : " by " + method) << ":\n";
    const std::string proposal = text_of(*result, "proposal");
    context.out << (context.terminal.out_is_terminal ? printable(proposal) : proposal) << "\n\n";
    if (metadata) context.out << words_of_vote(deliberation, *result, *metadata) << words_of_bounds(deliberation);
  } else if (const std::string error = text_of(deliberation, "error_message"); !error.empty()) {
    context.out << coloured(context.terminal, Colour::red, "No decision") << ": " << printable(error) << "\n\n";
  }
  context.out << coloured(context.terminal, Colour::grey, words_of_cost(deliberation)) << "\n";
}

}  // namespace orc
